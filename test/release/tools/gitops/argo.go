// As Argo CD's controller does with an Application: find what it manages by the tracking annotation,
// sync in waves, compare, and judge each object's health by the scripts of argocd-cm.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

const (
	manager  = "argocd-controller"
	tracking = "argocd.argoproj.io/tracking-id"
)

var kubectl = &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}

type argoAnswer struct {
	// "Kind/name", status and message, in the order in which it was done.
	Synced [][3]string `json:"synced"`
	// Why the sync ended before its last wave; empty when it did not.
	Unfinished string `json:"unfinished"`
	// What would be different after another sync, by either way to compare that Argo CD has.
	OutOfSync map[string][]string `json:"outOfSync"`
	// "Kind/name" -> status and message.
	Health map[string][2]string `json:"health"`
}

// One Application, and the cluster as the engine sees it.
type application struct {
	asked   request
	config  *rest.Config
	cluster cache.ClusterCache
	wanted  []*unstructured.Unstructured
	health  scripts
}

func argo(ctx context.Context, config *rest.Config, asked request) (any, error) {
	wanted, err := read(asked.Objects)
	if err != nil {
		return nil, err
	}
	app := application{asked: asked, config: config, wanted: wanted, health: asked.Health}
	app.cluster = cache.NewClusterCache(config,
		cache.SetNamespaces([]string{asked.Namespace}),
		cache.SetClusterResources(asked.ClusterResources),
		cache.SetLogr(logr.Discard()),
		cache.SetPopulateResourceInfoHandler(func(one *unstructured.Unstructured, _ bool) (any, bool) {
			mark := one.GetAnnotations()[tracking]
			return mark, mark != ""
		}),
	)
	if err := app.cluster.EnsureSynced(); err != nil {
		return nil, err
	}
	for _, one := range wanted {
		isNamespaced, err := app.cluster.IsNamespaced(one.GroupVersionKind().GroupKind())
		if one.GetNamespace() == "" && (isNamespaced || err != nil) {
			one.SetNamespace(asked.Namespace)
		}
		app.track(one)
	}
	answer := argoAnswer{Synced: [][3]string{}}
	if !asked.CompareOnly {
		if err := app.sync(ctx, &answer); err != nil {
			return nil, err
		}
		// The watch may be behind what was just written.
		app.cluster.Invalidate()
		if err := app.cluster.EnsureSynced(); err != nil {
			return nil, err
		}
	}
	return answer, app.compare(ctx, &answer)
}

func (app application) markOf(one kube.ResourceKey) string {
	return fmt.Sprintf("%s:%s/%s:%s/%s", app.asked.Name, one.Group, one.Kind, one.Namespace, one.Name)
}

func (app application) track(one *unstructured.Unstructured) {
	annotations := one.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[tracking] = app.markOf(kube.GetResourceKey(one))
	one.SetAnnotations(annotations)
}

func (app application) manages(one *cache.Resource) bool {
	return one.Info == app.markOf(one.ResourceKey())
}

// Looks, does what can be done, and comes back with what is live then, until the last wave is through
// or time is up.
func (app application) sync(ctx context.Context, answer *argoAnswer) error {
	within, cancel := context.WithTimeout(ctx, app.asked.patience())
	defer cancel()
	phase, message, started := common.OperationRunning, "", metav1.Now()
	var done []common.ResourceSyncResult
	for !phase.Completed() && within.Err() == nil {
		step, release, err := app.step(sync.WithInitialState(phase, message, done, started))
		if err != nil {
			return err
		}
		step.Sync()
		phase, message, done = step.GetState()
		release()
		if !phase.Completed() {
			time.Sleep(300 * time.Millisecond)
		}
	}
	if phase != common.OperationSucceeded {
		answer.Unfinished = fmt.Sprintf("%s: %s", phase, message)
	}
	for _, one := range done {
		name := one.ResourceKey.Kind + "/" + one.ResourceKey.Name
		answer.Synced = append(answer.Synced, [3]string{name, string(one.Status), one.Message})
	}
	return nil
}

func (app application) step(state sync.SyncOpt) (sync.SyncContext, func(), error) {
	found, err := app.cluster.GetManagedLiveObjs(app.wanted, app.manages)
	if err != nil {
		return nil, nil, err
	}
	pairs := sync.Reconcile(app.wanted, found, app.asked.Namespace, app.cluster)
	return sync.NewSyncContext("revision", pairs, app.config, app.config, kubectl, app.asked.Namespace,
		state,
		sync.WithLogr(logr.Discard()),
		sync.WithPrune(true),
		sync.WithServerSideApply(true),
		sync.WithServerSideApplyManager(manager),
		sync.WithSkipDryRunOnMissingResource(true),
		sync.WithHealthOverride(app.health),
	)
}

func (app application) compare(ctx context.Context, answer *argoAnswer) error {
	found, err := app.cluster.GetManagedLiveObjs(app.wanted, app.manages)
	if err != nil {
		return err
	}
	pairs := sync.Reconcile(app.wanted, found, app.asked.Namespace, app.cluster)
	applier, release, err := kubectl.ManageServerSideDiffDryRuns(app.config)
	if err != nil {
		return err
	}
	defer release()
	ways := map[string][]diff.Option{
		"structured merge": {diff.WithStructuredMergeDiff(true)},
		"server side": {
			diff.WithServerSideDiff(true),
			diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier)),
		},
	}
	answer.OutOfSync = map[string][]string{}
	for way, options := range ways {
		differing, err := app.differing(pairs, options)
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		answer.OutOfSync[way] = differing
	}
	answer.Health = map[string][2]string{}
	for _, one := range pairs.Live {
		if one == nil {
			continue
		}
		if judged, err := health.GetResourceHealth(one, app.health); err != nil {
			return err
		} else if judged != nil {
			name := one.GetKind() + "/" + one.GetName()
			answer.Health[name] = [2]string{string(judged.Status), judged.Message}
		}
	}
	return nil
}

func (app application) differing(pairs sync.ReconciliationResult, way []diff.Option) ([]string, error) {
	names := []string{}
	options := append([]diff.Option{
		diff.WithLogr(logr.Discard()),
		diff.WithManager(manager),
		diff.WithGVKParser(app.cluster.GetGVKParser()),
		diff.WithNormalizer(normalizer(app.asked.Ignore)),
	}, way...)
	for at, wanted := range pairs.Target {
		live := pairs.Live[at]
		judged, err := diff.Diff(wanted, live, options...)
		if err != nil {
			return nil, err
		}
		if !judged.Modified {
			continue
		}
		one := wanted
		if one == nil {
			one = live
		}
		names = append(names, one.GetKind()+"/"+one.GetName())
	}
	return names, nil
}
