// The etcd server at the version of this module; etcd's own main package is not one that can be imported as a tool.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
