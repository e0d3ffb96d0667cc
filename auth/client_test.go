package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/homeroomhq/homeroom/access"
)

func graphScope() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}
}

func (c *school) clientOptions() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: c.server.URL + "/"},
		Transport: c.server.Client(),
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// The real client of Azure gets a token with an app's secret, and it verifies.
func TestAzureClientSecret(t *testing.T) {
	c := newSchool(t)
	for _, tenant := range []string{c.tenant, "default", "organizations", "common"} {
		credential, err := azidentity.NewClientSecretCredential(tenant, c.app.ID, c.secret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: c.clientOptions(), DisableInstanceDiscovery: true,
		})
		check(t, err)
		token, err := credential.GetToken(t.Context(), graphScope())
		if err != nil {
			t.Fatalf("tenant %s: %v", tenant, err)
		}
		caller, err := c.verify(t.Context(), token.Token)
		check(t, err)
		want := access.Caller{Tenant: c.tenant, App: c.app.ID, Kind: access.Application, Permissions: []string{access.OutboundFlowReadWrite, access.RunRead}}
		if caller.Tenant != want.Tenant || caller.App != want.App || caller.Kind != want.Kind || caller.User != "" || !slices.Equal(caller.Permissions, want.Permissions) {
			t.Errorf("caller %+v, want %+v", caller, want)
		}
	}
	credential, err := azidentity.NewClientSecretCredential(c.tenant, c.app.ID, "a guess", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: c.clientOptions(), DisableInstanceDiscovery: true,
	})
	check(t, err)
	if _, err = credential.GetToken(t.Context(), graphScope()); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("wrong secret: %v, want AADSTS7000215", err)
	}
}

// The real client of Azure shows a code; a person signs in and approves in a
// browser; the client's token is the person's.
func TestAzureDeviceCode(t *testing.T) {
	c := newSchool(t)
	credential, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: c.clientOptions(), DisableInstanceDiscovery: true, TenantID: c.tenant, ClientID: c.app.ID,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			page := c.signIn(t, m.VerificationURL, m.UserCode, c.clerk.Name, "clerk's password")
			c.decide(t, m.VerificationURL, page, "approve")
			return nil
		},
	})
	check(t, err)
	token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/" + access.OutboundFlowReadWrite}})
	check(t, err)
	caller, err := c.verify(t.Context(), token.Token)
	check(t, err)
	if caller.Kind != access.Delegated || caller.User != c.clerk.ID || caller.UserName != c.clerk.Name || !caller.May(access.OutboundFlowReadWrite) {
		t.Errorf("caller %+v, want the clerk's delegated", caller)
	}
}

// signIn fills in the form as a browser does, and returns the next page.
func (c *school) signIn(t *testing.T, page, code, name, password string) string {
	t.Helper()
	status, body := c.post(t, page, url.Values{"code": {code}, "name": {name}, "password": {password}})
	if status != http.StatusOK {
		t.Fatalf("signing in: status %d\n%s", status, body)
	}
	return body
}

// decide presses a button of the page that asks for approval.
func (c *school) decide(t *testing.T, page, body, decision string) (int, string) {
	t.Helper()
	return c.post(t, page+"/approve", url.Values{"code": {hidden(t, body, "code")}, "ticket": {hidden(t, body, "ticket")}, "decision": {decision}})
}

func hidden(t *testing.T, body, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no hidden field %s in\n%s", name, body)
	}
	return found[1]
}

func (c *school) post(t *testing.T, address string, form url.Values) (int, string) {
	t.Helper()
	response := c.send(t, http.MethodPost, address, form, http.Header{"Origin": {c.server.URL}, "Sec-Fetch-Site": {"same-origin"}})
	return response.status, response.body
}
