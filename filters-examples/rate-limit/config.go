package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultMaxKeys = 10_000
	largestMaxKeys = 1_000_000
	largestBurst   = 1_000_000
	largestRate    = 1_000_000_000
	second         = int64(1_000_000_000) // times are nanoseconds
	longestRefill  = 366 * 24 * 3600 * second
)

// limit is one rule: which requests it is for, what it tells apart among them, and how many it lets through.
type limit struct {
	name          string
	pathPrefix    string // empty: all paths
	header        string // a bucket per value of this header; empty: see clientAddress
	clientAddress bool   // a bucket per client address; if false too: one bucket for all
	rate          bucketRate
	maxKeys       int
}

// parseConfig reads the plugin configuration. The error says what is wrong and where.
func parseConfig(json []byte) ([]limit, error) {
	if len(json) == 0 {
		return nil, errors.New("there is none; give \"limits\"")
	}
	root, err := parseJSON(string(json))
	if err != nil {
		return nil, err
	}
	var limits []limit
	err = eachField(root, "", func(name string, value jsonValue) error {
		if name != "limits" {
			return errUnknown
		}
		if value.kind != jsonList {
			return errors.New("must be a list")
		}
		for i, element := range value.elements {
			parsed, err := parseLimit(element, "limits["+strconv.Itoa(i)+"]")
			if err != nil {
				return err
			}
			limits = append(limits, parsed)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(limits) == 0 {
		return nil, errors.New("\"limits\" is missing or empty")
	}
	return limits, checkNames(limits)
}

func parseLimit(json jsonValue, path string) (limit, error) {
	parsed := limit{maxKeys: defaultMaxKeys}
	requests, burst, per := int64(0), int64(0), second
	err := eachField(json, path, func(name string, value jsonValue) (err error) {
		switch name {
		case "name":
			parsed.name, err = text(value)
		case "path_prefix":
			parsed.pathPrefix, err = text(value)
			if err == nil && !strings.HasPrefix(parsed.pathPrefix, "/") {
				err = errors.New("must begin with /")
			}
		case "header":
			parsed.header, err = text(value)
			parsed.header = strings.ToLower(parsed.header)
		case "client_address":
			if value.kind != jsonBool {
				err = errors.New("must be true or false")
			}
			parsed.clientAddress = value.text == "true"
		case "requests":
			requests, err = whole(value, largestRate)
		case "burst":
			burst, err = whole(value, largestBurst)
		case "per":
			per, err = unit(value)
		case "max_keys":
			var keys int64
			keys, err = whole(value, largestMaxKeys)
			parsed.maxKeys = int(keys)
		default:
			err = errUnknown
		}
		return err
	})
	if err != nil {
		return parsed, err
	}
	switch {
	case parsed.name == "":
		return parsed, errors.New(path + ".name is missing")
	case requests == 0:
		return parsed, errors.New(path + ".requests is missing")
	case parsed.header != "" && parsed.clientAddress:
		return parsed, errors.New(path + " has both header and client_address; choose one")
	}
	if burst == 0 {
		burst = min(requests, largestBurst)
	}
	parsed.rate = bucketRate{interval: per / requests, burst: burst}
	if parsed.rate.interval == 0 {
		return parsed, errors.New(path + ": more than one request per nanosecond is no limit")
	}
	if parsed.rate.interval > longestRefill/burst {
		return parsed, errors.New(path + ": an empty bucket would take more than a year to fill")
	}
	return parsed, nil
}

var errUnknown = errors.New("is not a field this filter knows")

// eachField calls visit with each field of an object and puts the field's path before its error. A field given twice
// is an error: one of the two would be ignored.
func eachField(object jsonValue, path string, visit func(name string, value jsonValue) error) error {
	if object.kind != jsonObject {
		return errors.New(strings.TrimSpace(path + " must be an object"))
	}
	for i, name := range object.names {
		err := visit(name, object.elements[i])
		if slices.Contains(object.names[:i], name) {
			err = errors.New("is given twice")
		}
		if err != nil && !strings.HasPrefix(err.Error(), "limits[") {
			err = errors.New(strings.TrimPrefix(path+"."+name, ".") + " " + err.Error())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func text(value jsonValue) (string, error) {
	if value.kind != jsonText || value.text == "" {
		return "", errors.New("must be a text that is not empty")
	}
	return value.text, nil
}

// whole reads an integer from 1 to largest; 1.5, 1e3 and "1" are refused rather than bent.
func whole(value jsonValue, largest int64) (int64, error) {
	number, err := strconv.ParseInt(value.text, 10, 64)
	if value.kind != jsonNumber || err != nil || number < 1 || number > largest {
		return 0, errors.New("must be a whole number from 1 to " + strconv.FormatInt(largest, 10))
	}
	return number, nil
}

func unit(value jsonValue) (int64, error) {
	switch value.text {
	case "second":
		return second, nil
	case "minute":
		return 60 * second, nil
	case "hour":
		return 3600 * second, nil
	case "day":
		return 24 * 3600 * second, nil
	}
	return 0, errors.New("must be \"second\", \"minute\", \"hour\" or \"day\"")
}

// checkNames: a name is part of metric names and of the keys under which the buckets are kept.
func checkNames(limits []limit) error {
	for i, one := range limits {
		for _, char := range one.name {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_", char) {
				return errors.New("limits[" + strconv.Itoa(i) + "].name must be of a-z, 0-9 and _")
			}
		}
		for _, other := range limits[:i] {
			if other.name == one.name {
				return errors.New("limits[" + strconv.Itoa(i) + "].name \"" + one.name + "\" is given twice")
			}
		}
	}
	return nil
}
