package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// typesEntry is the part of a workbook that lists the types of the others.
const typesEntry = "[Content_Types].xml"

// datedZip makes the same workbook the same bytes: all entries get one time, and
// the list of types, which excelize writes in the order of a map, is sorted.
type datedZip struct {
	*zip.Writer
	at    time.Time
	types bytes.Buffer
}

func newDatedZip(w io.Writer, at time.Time) *datedZip {
	return &datedZip{Writer: zip.NewWriter(w), at: at}
}

// Create implements excelize.ZipWriter.
func (z *datedZip) Create(name string) (io.Writer, error) {
	if name == typesEntry {
		return &z.types, nil
	}
	w, err := z.entry(name)
	if strings.HasPrefix(name, "xl/charts/") {
		w = weekAxis{w}
	}
	return w, err
}

// weekAxis keeps Excel from making an axis of days of a chart's weeks, on which
// their columns would be hairlines; excelize has no option for it. It gets a part
// in one piece.
type weekAxis struct{ io.Writer }

// Write implements io.Writer.
func (w weekAxis) Write(part []byte) (int, error) {
	_, err := w.Writer.Write(bytes.ReplaceAll(part, []byte(`<auto val="1">`), []byte(`<auto val="0">`)))
	return len(part), err
}

func (z *datedZip) entry(name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at})
}

// Close implements excelize.ZipWriter.
func (z *datedZip) Close() error {
	types, err := sortTypes(z.types.Bytes())
	if err != nil {
		return errors.Join(err, z.Writer.Close())
	}
	w, err := z.entry(typesEntry)
	if err == nil {
		_, err = w.Write(types)
	}
	return errors.Join(err, z.Writer.Close())
}

// contentTypes is the list as ECMA-376 part 2 describes it.
type contentTypes struct {
	XMLName  xml.Name      `xml:"http://schemas.openxmlformats.org/package/2006/content-types Types"`
	Defaults []contentType `xml:"Default"`
	Parts    []contentType `xml:"Override"`
}

type contentType struct {
	Part      string `xml:"PartName,attr,omitempty"`
	Extension string `xml:"Extension,attr,omitempty"`
	Type      string `xml:"ContentType,attr"`
}

func sortTypes(list []byte) ([]byte, error) {
	var types contentTypes
	if err := xml.Unmarshal(list, &types); err != nil {
		return nil, err
	}
	order := func(a, b contentType) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Extension, b.Extension))
	}
	slices.SortFunc(types.Defaults, order)
	slices.SortFunc(types.Parts, order)
	out, err := xml.Marshal(types)
	return append([]byte(xml.Header), out...), err
}
