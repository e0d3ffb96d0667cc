package notice

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/fault"
)

// A secret is read anew each time, from where it stands, and never more of a file than a
// secret can be.
func TestSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	t.Setenv("HOMEROOM_TEST_SECRET", "of the environment")
	for _, test := range []struct {
		name, content string
		secret        Secret
		want, saying  string
	}{
		{"a variable", "", Secret{Variable: "HOMEROOM_TEST_SECRET"}, "of the environment", ""},
		{"no variable", "", Secret{Variable: "HOMEROOM_TEST_NONE"}, "", "HOMEROOM_TEST_NONE is not set"},
		{"a file", "of a file\r\n", Secret{File: file}, "of a file", ""},
		{"another one by now", "of now", Secret{File: file}, "of now", ""},
		{"the longest", strings.Repeat("s", maxSecret), Secret{File: file}, strings.Repeat("s", maxSecret), ""},
		{"too long", strings.Repeat("s", maxSecret+1), Secret{File: file}, "", "too long"},
		{"empty", " \n", Secret{File: file}, "", "is empty"},
		{"no file", "", Secret{File: file + "2"}, "", "cannot be read"},
		{"a folder", "", Secret{File: filepath.Dir(file)}, "", "cannot be read"},
	} {
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := test.secret.Read()
		if got != test.want || (test.saying == "") != (err == nil) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
		if err != nil && (fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), test.saying)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
