// chart_render renders a Helm chart where helm itself is not at hand: values,
// release, template functions and include; no hooks, lookups or sub-charts.
//
//	chart_render CHART_DIR RELEASE NAMESPACE [VALUES_FILE]...
//
// Prints every rendered template but NOTES.txt, with --notes NOTES.txt alone.
// Needs golang-go and golang-github-masterminds-sprig-dev; tools/chart_render/run
// builds and runs it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "chart_render:", err)
		os.Exit(1)
	}
}

func readYAML(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	fail(err)
	tree := map[string]interface{}{}
	fail(yaml.Unmarshal(text, &tree))
	return tree
}

// merge lays `over` upon `under`, key by key, as Helm does with value files.
func merge(under, over map[string]interface{}) {
	for key, value := range over {
		lower, ok := under[key].(map[string]interface{})
		upper, both := value.(map[string]interface{})
		if ok && both {
			merge(lower, upper)
		} else {
			under[key] = value
		}
	}
}

func toYAML(value interface{}) (string, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}

func parse(folder string) *template.Template {
	all := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = toYAML
	functions["include"] = func(name string, data interface{}) (string, error) {
		var text bytes.Buffer
		err := all.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	all.Funcs(functions)
	files, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	fail(err)
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		fail(err)
		_, err = all.New(filepath.Base(file)).Parse(string(text))
		fail(err)
	}
	return all
}

func chartOf(folder string) map[string]interface{} {
	file := readYAML(filepath.Join(folder, "Chart.yaml"))
	return map[string]interface{}{
		"Name": file["name"], "Version": file["version"], "AppVersion": file["appVersion"]}
}

func wanted(name string, notes bool) bool {
	if notes {
		return name == "NOTES.txt"
	}
	return strings.HasSuffix(name, ".yaml")
}

func main() {
	arguments := os.Args[1:]
	notes := len(arguments) > 0 && arguments[0] == "--notes"
	if notes {
		arguments = arguments[1:]
	}
	if len(arguments) < 3 {
		fail(fmt.Errorf("usage: chart_render [--notes] CHART_DIR RELEASE NAMESPACE [VALUES_FILE]..."))
	}
	folder := arguments[0]
	values := readYAML(filepath.Join(folder, "values.yaml"))
	for _, file := range arguments[3:] {
		merge(values, readYAML(file))
	}
	data := map[string]interface{}{
		"Values": values, "Chart": chartOf(folder),
		"Release": map[string]interface{}{
			"Name": arguments[1], "Namespace": arguments[2], "Service": "Helm",
			"IsInstall": true, "IsUpgrade": false, "Revision": 1},
	}
	all := parse(folder)
	for _, one := range all.Templates() {
		if wanted(one.Name(), notes) {
			if !notes {
				fmt.Println("---\n# Source: " + one.Name())
			}
			fail(one.Execute(os.Stdout, data))
		}
	}
}
