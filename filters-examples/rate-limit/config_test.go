package main

import (
	"strings"
	"testing"
)

func TestReadsALimitAndFillsInTheRest(t *testing.T) {
	limits, err := parseConfig([]byte(`{"limits": [
		{"name": "users", "header": "X-User", "path_prefix": "/api", "requests": 120, "per": "minute", "burst": 5},
		{"name": "rest", "client_address": true, "requests": 10}]}`))
	if err != nil {
		t.Fatal(err)
	}

	users := limit{"users", "/api", "x-user", false, bucketRate{interval: second / 2, burst: 5}, defaultMaxKeys}
	rest := limit{"rest", "", "", true, bucketRate{interval: second / 10, burst: 10}, defaultMaxKeys}
	if limits[0] != users || limits[1] != rest {
		t.Errorf("read %+v", limits)
	}
}

func TestNamesWhatItRefuses(t *testing.T) {
	one := func(fields string) string { return `{"limits": [{"name": "a", "requests": 1` + fields + `}]}` }
	for json, want := range map[string]string{
		``:                              "there is none",
		`{`:                             "line 1",
		"{\n\"a\" 1}":                   "line 2: expected :",
		`[]`:                            "must be an object",
		`{}`:                            `"limits" is missing or empty`,
		`{"limits": []}`:                `"limits" is missing or empty`,
		`{"limits": {}}`:                "limits must be a list",
		`{"limits": [], "limit": 1}`:    "limit is not a field",
		`{"limits": [1]}`:               "limits[0] must be an object",
		`{"limits": [{"requests": 1}]}`: "limits[0].name is missing",
		`{"limits": [{"name": "a"}]}`:   "limits[0].requests is missing",
		`{"limits": [{"name": "A", "requests": 1}]}`:             "limits[0].name must be of a-z",
		one(`, "requests": 2`):                                   "limits[0].requests is given twice",
		one(`, "burts": 2`):                                      "limits[0].burts is not a field",
		one(`, "burst": 0`):                                      "limits[0].burst must be a whole number from 1",
		one(`, "burst": 1.5`):                                    "limits[0].burst must be a whole number from 1",
		one(`, "burst": "2"`):                                    "limits[0].burst must be a whole number from 1",
		one(`, "per": "week"`):                                   `limits[0].per must be "second"`,
		one(`, "path_prefix": "api"`):                            "limits[0].path_prefix must begin with /",
		one(`, "header": ""`):                                    "limits[0].header must be a text",
		one(`, "client_address": 1`):                             "limits[0].client_address must be true or false",
		one(`, "header": "x", "client_address": true`):           "limits[0] has both",
		one(`, "per": "day", "burst": 1000000`):                  "limits[0]: an empty bucket would take",
		one(`}, {"name": "a", "requests": 1`):                    `limits[1].name "a" is given twice`,
		one(`, "x": ` + strings.Repeat("[", 100)):                "nested too deeply",
		"{\"limits\": [{\"name\": \"a\xff\", \"requests\": 1}]}": "not UTF-8",
		`{"limits": []} x`:                                       "something follows",
	} {
		_, err := parseConfig([]byte(json))

		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, wanted %s", json, err, want)
		}
	}
}

func TestNoPrefixOfAConfigurationIsAccepted(t *testing.T) {
	json := `{"limits": [{"name": "a\u0062\n", "requests": 1e2, "x": [true, null, -0.5, {}]}]}`
	for end := range len(json) {
		if _, err := parseJSON(json[:end]); err == nil {
			t.Errorf("accepted %s", json[:end])
		}
	}
	if _, err := parseJSON(json); err != nil {
		t.Error(err)
	}
}
