// Package report writes the periodic support report of one published generation
// as HTML, Markdown or XLSX.
//
// Build asks a Querier for the figures and fills a Report; the three writers
// print it from one document of sections and tables, so that they cannot differ.
// Nothing comes from the wall clock or from a map's order: the same generation,
// period and language give the same bytes.
package report
