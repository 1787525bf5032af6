//go:build tools

// Package tools keeps kwok in this module's requirements.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
