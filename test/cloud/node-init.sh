#!/bin/bash
# First process of one node: its own mount, PID and UTS namespace. Mounts what containerd and the
# kubelet write at fixed paths, makes the node's control groups, then runs both until one ends.
# usage: node-init.sh (environment: NODE, FOLDER, NOVA, GROUP, ADDRESS, KUBELET, LABELS) IMAGE...
set -e
hostname "$NODE"
mount --make-rprivate /
mount --make-rshared /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/over/upper /run/over/work
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/over/upper,workdir=/run/over/work overlay /var/lib
mount -t tmpfs tmpfs /var/log
# nova-compute's own identity, devices and instances: one folder for each node.
mkdir -p /var/lib/nova
mount --bind "$NOVA" /var/lib/nova

# The kubelet writes kernel settings of the whole machine: it gets files with the wanted values.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file="/run/sysctl.$(echo "${setting%%=*}" | tr / .)"
  echo "${setting##*=}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%%=*}"
done

if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p "/sys/fs/cgroup/$GROUP/$NODE"
  for group in "" "/$GROUP"; do
    for controller in cpu cpuset memory pids io; do
      echo "+$controller" > "/sys/fs/cgroup$group/cgroup.subtree_control" || true
    done
  done
else
  for hierarchy in /sys/fs/cgroup/*/; do mkdir -p "$hierarchy/$GROUP/$NODE"; done
  # An empty cpuset would accept no process.
  for what in cpus mems; do
    for group in "$GROUP" "$GROUP/$NODE"; do
      cat "/sys/fs/cgroup/cpuset/cpuset.$what" > "/sys/fs/cgroup/cpuset/$group/cpuset.$what"
    done
  done
fi

containerd --config "$FOLDER/containerd.toml" --log-level warn > "$FOLDER/containerd.log" 2>&1 &
until ctr -a "$FOLDER/containerd.sock" version > /dev/null 2>&1; do sleep 0.05; done
for image in "$@"; do
  ctr -a "$FOLDER/containerd.sock" -n k8s.io images import "$image" > /dev/null
done
# It runs while $FOLDER/kubelet-wanted is there: a step takes that away and kills it, as a crash would.
run_kubelet() {
  while true; do
    until [ -e "$FOLDER/kubelet-wanted" ]; do sleep 0.1; done
    "$KUBELET" --config="$FOLDER/kubelet.yaml" --kubeconfig="$FOLDER/kubeconfig" \
      --root-dir="$FOLDER/kubelet" --cert-dir="$FOLDER/pki" --hostname-override="$NODE" \
      --node-ip="$ADDRESS" --node-labels="$LABELS" --v=2 >> "$FOLDER/kubelet.log" 2>&1 || true
    [ ! -e "$FOLDER/kubelet-wanted" ] || return 1
  done
}
touch "$FOLDER/kubelet-wanted"
run_kubelet &
wait -n
