// Command yardstick is the smallest operator that a controller-runtime project would begin with: it
// watches the kinds that ours watches and writes one ConfigMap for each change of a PciWhitelist.
// It judges nothing, restarts nothing and remembers nothing; `npm run bench` measures it beside ours.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Watched besides PciWhitelist, each as ours watches it.
var watched = []schema.GroupVersionKind{
	{Group: "pci.openstack.org", Version: "v1alpha1", Kind: "PciAlias"},
	{Group: "pci.openstack.org", Version: "v1alpha1", Kind: "PciFlavor"},
	{Group: "pci.openstack.org", Version: "v1alpha1", Kind: "PciPassthrough"},
	{Group: "apps", Version: "v1", Kind: "Deployment"},
	{Group: "apps", Version: "v1", Kind: "StatefulSet"},
	{Group: "apps", Version: "v1", Kind: "DaemonSet"},
	{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"},
	{Version: "v1", Kind: "ConfigMap"},
	{Version: "v1", Kind: "Pod"},
}

var whitelistKind = schema.GroupVersionKind{
	Group: "pci.openstack.org", Version: "v1alpha1", Kind: "PciWhitelist",
}

type device struct {
	VendorID  string `json:"vendor_id,omitempty"`
	ProductID string `json:"product_id,omitempty"`
}

type reconciler struct{ client client.Client }

func (r reconciler) Reconcile(ctx context.Context, at reconcile.Request) (reconcile.Result, error) {
	whitelist := &unstructured.Unstructured{}
	whitelist.SetGroupVersionKind(whitelistKind)
	if err := r.client.Get(ctx, at.NamespacedName, whitelist); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	text, err := fragmentOf(whitelist)
	if err != nil {
		return reconcile.Result{}, err
	}
	sum := sha256.Sum256([]byte(text))
	err = r.client.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: at.Namespace,
			Name:      fmt.Sprintf("yardstick-%x", sum[:8]),
		},
		Data: map[string]string{"yardstick.conf": text},
	})
	if apierrors.IsAlreadyExists(err) {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{}, err
}

func fragmentOf(whitelist *unstructured.Unstructured) (string, error) {
	devices, _, err := unstructured.NestedSlice(whitelist.Object, "spec", "devices")
	if err != nil {
		return "", err
	}
	text := "[pci]\n"
	for _, one := range devices {
		fields, _ := one.(map[string]any)
		vendor, _ := fields["vendorId"].(string)
		product, _ := fields["productId"].(string)
		line, err := json.Marshal(device{VendorID: vendor, ProductID: product})
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf("device_spec = %s\n", line)
	}
	return text, nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	namespace := flag.String("namespace", "", "the only namespace that is watched")
	flag.Parse()
	log.SetLogger(zap.New())
	// Registers --kubeconfig, and limits requests as every such program does.
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Cache: cache.Options{
			DefaultNamespaces: map[string]cache.Config{*namespace: {}},
		},
		Metrics: server.Options{BindAddress: "0"},
	})
	if err != nil {
		return err
	}
	whitelists := &unstructured.Unstructured{}
	whitelists.SetGroupVersionKind(whitelistKind)
	control := ctrl.NewControllerManagedBy(manager).Named("yardstick").For(whitelists)
	nobody := handler.EnqueueRequestsFromMapFunc(
		func(context.Context, client.Object) []reconcile.Request { return nil },
	)
	for _, kind := range watched {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(kind)
		control = control.Watches(object, nobody)
	}
	nodes := &metav1.PartialObjectMetadata{}
	nodes.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "Node"})
	control = control.Watches(nodes, nobody, builder.OnlyMetadata)
	if err := control.Complete(reconciler{client: manager.GetClient()}); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}
