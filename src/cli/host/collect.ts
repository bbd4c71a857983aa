// The shell line that writes what the kernel knows of a host's PCI devices as JSON, for
// `nova-pci match --inventory`. POSIX sh; SYS is another root than /sys in tests.

export const collectLine = [
  'cd "${SYS:-/sys}/bus/pci/devices" && { s="["; for d in *; do [ -e "$d/vendor" ] || continue;',
  'r() { cat "$d/$1" 2>/dev/null; }; b() { basename "$(readlink "$d/$1" 2>/dev/null)"; };',
  'printf \'%s{"address":"%s","vendor":"%s","device":"%s","class":"%s","sriov_totalvfs":%s,"numa_node":%s\' "$s" "$d" "$(r vendor)" "$(r device)" "$(r class)" "$(r sriov_totalvfs || echo 0)" "$(r numa_node || echo -1)";',
  'printf \',"physfn":"%s","iommu_group":"%s","driver":"%s","netdev":"%s"\' "$(b physfn)" "$(b iommu_group)" "$(b driver)" "$(ls "$d/net" 2>/dev/null | tr \'\\n\' \' \')";',
  'h=$(od -An -v -tx1 "$d/vpd" 2>/dev/null | tr -d \' \\n\'); case $h in *534e*) t=${h#*534e}; n=$((0x${t%"${t#??}"})); t=${t#??}; w=""; while [ $n -gt 0 ] && [ -n "$t" ]; do w="$w\\\\$(printf %o 0x${t%"${t#??}"})"; t=${t#??}; n=$((n-1)); done;',
  'printf \',"capabilities":{"vpd":{"card_serial_number":"%s"}}\' "$(printf "$w" | tr -cd \'[:alnum:]._-\')";; esac;',
  'printf "}"; s=",\n"; done; [ "$s" = "[" ] && printf "["; echo "]"; }',
].join(" ");
