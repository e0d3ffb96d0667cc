package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// metrics are what a server counts, for Prometheus. No label holds what a person or a
// client chose.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	under      prometheus.Gauge
	runs       *prometheus.CounterVec
	runSeconds prometheus.Histogram
	steps      *prometheus.CounterVec
	shared     prometheus.Counter
}

func newMetrics() *metrics {
	const name = "homeroom"
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: name, Name: "http_requests_total", Help: "Requests that were answered, by the pattern of their route.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: name, Name: "http_request_seconds", Help: "How long answers took.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
		under: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: name, Name: "run_under_way", Help: "Runs that this server is at work on.",
		}),
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: name, Name: "runs_total", Help: "Runs of this server that ended, by how.",
		}, []string{"status"}),
		runSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: name, Name: "run_seconds", Help: "How long runs took.", Buckets: prometheus.ExponentialBuckets(.1, 4, 9),
		}),
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: name, Name: "run_steps_total", Help: "Steps of runs, by what became of them.",
		}, []string{"outcome"}),
		shared: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: name, Name: "shared_batches_total", Help: "Batches of steps that this server was handed and carried out.",
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.under, m.runs, m.runSeconds, m.steps, m.shared,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watchStore adds how large the databases of a data folder are, and how the store's
// readers are used.
func (m *metrics) watchStore(data *memory) {
	files := []string{databaseName, directoryName}
	if data.postgres != "" { // which has metrics of its own
		files = nil
	}
	for _, file := range files {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "homeroom", Name: "store_bytes", Help: "Size of a database with its log.",
			ConstLabels: prometheus.Labels{"file": file},
		}, func() float64 {
			return sizeOf(filepath.Join(data.dir, file)) + sizeOf(filepath.Join(data.dir, file+"-wal"))
		}))
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "homeroom", Name: "store_readers", Help: "Connections that are reading the store.",
	}, func() float64 { return float64(data.Readers()) }))
}

func sizeOf(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // in memory, or not there yet
	}
	return float64(info.Size())
}

// answered counts an answer.
func (m *metrics) answered(route, method string, status int, took time.Duration) {
	method = knownMethod(method)
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route, method).Observe(took.Seconds())
}

// knownMethod keeps the methods that clients make up out of the labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// ran counts a run that ended.
func (m *metrics) ran(run ledger.Run) {
	m.runs.WithLabelValues(string(run.Status)).Inc()
	m.runSeconds.Observe(run.Ended.Sub(run.Started).Seconds())
	for outcome, n := range map[string]int{"done": run.Done, "held": run.Held, "failed": run.Failed} {
		m.steps.WithLabelValues(outcome).Add(float64(n))
	}
}

// handler answers Prometheus.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// scraped serves the metrics at an address of their own, where there is one, until what it
// returns is called.
func (s *serving) scraped(ctx context.Context) (stop func(), err error) {
	if s.options.metricsAddr == "" {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.options.metricsAddr)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The metrics cannot be served on %s", s.options.metricsAddr)
	}
	s.options.metricsAddr = listener.Addr().String() // with the port, where the system chose one
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics are served no more", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil // whoever reads them reads again
}
