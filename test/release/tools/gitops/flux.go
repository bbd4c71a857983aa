// As kustomize-controller reconciles a Kustomization: apply in stages, prune what Git has no more,
// wait until the rest is Current.
package main

import (
	"context"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/normalize"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

type fluxAnswer struct {
	// "Kind/namespace/name", in the order in which it was done.
	Applied [][2]string `json:"applied"`
	Pruned  []string    `json:"pruned"`
	// Why the wait ended without all being Current; empty when they are.
	Unhealthy string `json:"unhealthy"`
}

func flux(ctx context.Context, config *rest.Config, asked request) (any, error) {
	manager, err := resourceManager(config)
	if err != nil {
		return nil, err
	}
	wanted, err := read(asked.Objects)
	if err != nil {
		return nil, err
	}
	stale, err := read(asked.Stale)
	if err != nil {
		return nil, err
	}
	if err := normalize.UnstructuredList(wanted); err != nil {
		return nil, err
	}
	manager.SetOwnerLabels(wanted, asked.Name, asked.Namespace)
	changes, err := manager.ApplyAllStaged(ctx, wanted, ssa.DefaultApplyOptions())
	if err != nil {
		return nil, err
	}
	answer := fluxAnswer{Applied: [][2]string{}, Pruned: []string{}}
	for _, one := range changes.Entries {
		answer.Applied = append(answer.Applied, [2]string{one.Subject, string(one.Action)})
	}
	options := ssa.DefaultDeleteOptions()
	options.Inclusions = manager.GetOwnerLabels(asked.Name, asked.Namespace)
	options.Exclusions = map[string]string{"kustomize.toolkit.fluxcd.io/prune": "disabled"}
	pruned, err := manager.DeleteAll(ctx, stale, options)
	if err != nil {
		return nil, err
	}
	for _, one := range pruned.Entries {
		if one.Action == ssa.DeletedAction {
			answer.Pruned = append(answer.Pruned, one.Subject)
		}
	}
	if asked.Seconds == 0 {
		return answer, nil
	}
	wait := ssa.WaitOptions{Interval: 250 * time.Millisecond, Timeout: asked.patience(), FailFast: true}
	if err := manager.WaitForSet(changes.ToObjMetadataSet(), wait); err != nil {
		answer.Unhealthy = err.Error()
	}
	return answer, nil
}

func resourceManager(config *rest.Config) (*ssa.ResourceManager, error) {
	web, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, web)
	if err != nil {
		return nil, err
	}
	cluster, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(cluster, mapper, polling.Options{})
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	return ssa.NewResourceManager(cluster, poller, owner), nil
}
