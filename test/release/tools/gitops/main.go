// Command gitops does with objects what Flux and Argo CD do, by the libraries of these tools: Flux's
// ResourceManager and Argo CD's engine. A request as JSON on standard input, an answer on standard
// output; `gitops flux` or `gitops argo`, with KUBECONFIG.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

type request struct {
	// The namespace of the Application or Kustomization, and its name.
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// What stands in Git now.
	Objects []json.RawMessage `json:"objects"`
	// Flux: what the last commit had and this one has not.
	Stale []json.RawMessage `json:"stale"`
	// How long to wait until all is healthy.
	Seconds int `json:"seconds"`
	// Argo CD: compare alone.
	CompareOnly bool `json:"compareOnly"`
	// Argo CD: objects without a namespace are managed too.
	ClusterResources bool `json:"clusterResources"`
	// Argo CD: group/Kind -> script, as in argocd-cm.
	Health map[string]string `json:"health"`
	// Argo CD: ignoreDifferences of the Application.
	Ignore []ignored `json:"ignore"`
}

type tool func(context.Context, *rest.Config, request) (any, error)

var tools = map[string]tool{"flux": flux, "argo": argo}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	klog.SetLogger(logr.Discard())
	log.SetLogger(logr.Discard())
	if len(os.Args) != 2 || tools[os.Args[1]] == nil {
		return fmt.Errorf("usage: gitops flux|argo < request.json")
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var asked request
	if err := json.Unmarshal(text, &asked); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	// Everything is on loopback and nobody else asks.
	config.QPS, config.Burst = 500, 500
	config.WarningHandler = rest.NoWarnings{}
	answer, err := tools[os.Args[1]](context.Background(), config, asked)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func (asked request) patience() time.Duration {
	return time.Duration(asked.Seconds) * time.Second
}

func read(all []json.RawMessage) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	for _, text := range all {
		var one unstructured.Unstructured
		if err := one.UnmarshalJSON(text); err != nil {
			return nil, err
		}
		found = append(found, &one)
	}
	return found, nil
}
