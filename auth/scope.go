package auth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/access"
)

// wish is what the parameter scope asks for.
type wish struct {
	audience string
	all      bool     // .default: whatever was granted
	names    []string // permissions
	openID   bool     // an ID token, too
}

// readScope reads the parameter scope. Graph's audience stands for ours, in each of
// its forms, as does the address at which the server is reached.
func readScope(scope, base string) (wish, error) {
	var w wish
	for _, s := range strings.Fields(scope) {
		switch s {
		case "openid":
			w.openID = true
			continue
		case "profile", "email", "offline_access":
			continue
		}
		audience, name := graphAudience, s
		if cut := strings.LastIndexByte(s, '/'); cut >= 0 {
			if audience = resourceOf(s[:cut], base); audience == "" {
				return w, &oauthError{http.StatusBadRequest, "invalid_resource", 500011,
					"Tokens are issued for https://graph.microsoft.com or api://homeroom, and for nothing else.", 0}
			}
			name = s[cut+1:]
		}
		if w.audience != "" && w.audience != audience {
			return w, errScope("All scopes must be of one resource.")
		}
		w.audience = audience
		if name == ".default" {
			w.all = true
		} else if _, ok := access.FindPermission(name); !ok {
			return w, errScope("There is no such permission: a scope is https://graph.microsoft.com/.default, or the name of a permission that Microsoft Graph publishes for industry data.")
		} else if !slices.Contains(w.names, name) {
			w.names = append(w.names, name)
		}
	}
	switch {
	case w.audience == "":
		return w, errScope("The parameter scope is missing: it is https://graph.microsoft.com/.default, or names permissions.")
	case w.all && len(w.names) > 0:
		return w, errScope(".default cannot stand beside the names of permissions.")
	}
	return w, nil
}

// resourceOf returns the audience of tokens for a resource, "" for one that is not
// ours. Some SDKs make the resource out of the server's address.
func resourceOf(resource, base string) string {
	resource = strings.TrimSuffix(resource, "/")
	switch resource {
	case graphAudience:
		return graphAudience
	case access.Graph:
		return access.Graph
	case ownAudience:
		return ownAudience
	}
	asked, err := url.Parse(resource)
	own, also := url.Parse(base)
	if err == nil && also == nil && asked.Hostname() != "" && asked.Path == "" && strings.EqualFold(asked.Hostname(), own.Hostname()) {
		return ownAudience
	}
	return ""
}

func errScope(description string) error {
	return &oauthError{http.StatusBadRequest, "invalid_scope", 70011, description, 0}
}
