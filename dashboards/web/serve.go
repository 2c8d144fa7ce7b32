package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
)

// drain is how long requests in flight may take when the server ends.
const drain = 10 * time.Second

// Serve serves until the context ends; then it lets requests in flight finish.
// certificate is nil for plain HTTP.
func (h *Handler) Serve(ctx context.Context, l net.Listener, certificate *tls.Config) error {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypes([]string{
		"text/html", "text/plain", "text/markdown", "text/csv", "application/json", "application/problem+json",
	}))
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: compress(h), TLSConfig: certificate,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		WriteTimeout:   10 * time.Minute, // of the largest download
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(h.c.Log.Handler(), slog.LevelDebug), // broken clients
	}
	if certificate != nil {
		l = tls.NewListener(l, certificate)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err = srv.Shutdown(finish)
	if errors.Is(err, context.DeadlineExceeded) {
		err = srv.Close()
	}
	if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}
