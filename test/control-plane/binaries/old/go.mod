// Only marks the root of the module: each release has a module file of its own beside it, which
// `go build -modfile` reads instead (see ../../build.ts).
module controlplane

go 1.26.0
