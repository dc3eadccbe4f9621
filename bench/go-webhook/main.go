// Command go-webhook is what most operators run: a controller-runtime webhook that decodes the Service of a review,
// and allows everything. It listens with the certificate in the folder that its argument names, and prints its port.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type decoding struct{ decoder admission.Decoder }

func (d decoding) Handle(_ context.Context, req admission.Request) admission.Response {
	var becomes, was corev1.Service
	if err := d.decoder.Decode(req, &becomes); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	if err := d.decoder.DecodeRaw(req.OldObject, &was); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	return admission.Allowed("")
}

func main() {
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	check(corev1.AddToScheme(scheme))
	handler, err := admission.StandaloneWebhook(
		&admission.Webhook{Handler: decoding{admission.NewDecoder(scheme)}},
		admission.StandaloneOptions{MetricsPath: "/validate"},
	)
	check(err)
	folder := os.Args[1]
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"))
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	check(http.Serve(tls.NewListener(listener, config), mux))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
