//go:build tools

// Package tools keeps helm in this module's requirements.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
