// kube-apiserver and kube-controller-manager of an older Kubernetes in one binary: the program is
// chosen by the name it is called by. The functions used here are the same from 1.28 on; those of
// kubelet and scheduler are not, and no test needs them.
package main

import (
	"os"
	"path/filepath"

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	var command *cobra.Command
	switch filepath.Base(os.Args[0]) {
	case "kube-apiserver":
		command = apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		command = kcm.NewControllerManagerCommand()
	default:
		os.Stderr.WriteString("call as kube-apiserver or kube-controller-manager\n")
		os.Exit(2)
	}
	os.Exit(cli.Run(command))
}
