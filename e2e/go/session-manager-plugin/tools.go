//go:build tools

// Package tools keeps AWS's session-manager-plugin in this module's requirements. The plugin has no go.mod of its own;
// of twinj/uuid it needs the API from before its first release.
package tools

import _ "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main"
