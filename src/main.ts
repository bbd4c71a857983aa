// Answers "which command was asked for?" and nothing else: wiring only.
process.stdout.write("nova-pci\n");
