package main

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A reader of JSON (RFC 8259) that is all a configuration needs. encoding/json would make the module a third larger,
// and the libraries that promise less still import it.

type jsonKind byte

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonText
	jsonList
	jsonObject
)

const jsonDepth = 32

// jsonValue is one value; text is that of a string, or "true", "false" and the digits of a number as they were written.
type jsonValue struct {
	kind     jsonKind
	text     string
	elements []jsonValue // of a list, or the values of an object's fields
	names    []string    // of an object's fields
}

type jsonReader struct {
	rest  string
	whole string
}

func parseJSON(text string) (jsonValue, error) {
	r := jsonReader{rest: text, whole: text}
	value, err := r.value(0)
	if err != nil {
		return value, err
	}
	if r.skipSpace(); r.rest != "" {
		return value, r.fail("something follows the end")
	}
	return value, nil
}

func (r *jsonReader) fail(what string) error {
	line := 1 + strings.Count(r.whole[:len(r.whole)-len(r.rest)], "\n")
	return errors.New("it is not valid JSON: line " + strconv.Itoa(line) + ": " + what)
}

func (r *jsonReader) skipSpace() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

// take removes a prefix if it is there.
func (r *jsonReader) take(prefix string) bool {
	rest, found := strings.CutPrefix(r.rest, prefix)
	r.rest = rest
	return found
}

func (r *jsonReader) value(depth int) (jsonValue, error) {
	if depth == jsonDepth {
		return jsonValue{}, r.fail("it is nested too deeply")
	}
	r.skipSpace()
	switch {
	case r.take("{"):
		return r.object(depth)
	case r.take("["):
		return r.list(depth)
	case r.take(`"`):
		text, err := r.stringEnd()
		return jsonValue{kind: jsonText, text: text}, err
	case r.take("true"):
		return jsonValue{kind: jsonBool, text: "true"}, nil
	case r.take("false"):
		return jsonValue{kind: jsonBool, text: "false"}, nil
	case r.take("null"):
		return jsonValue{kind: jsonNull}, nil
	default:
		return r.number()
	}
}

func (r *jsonReader) object(depth int) (jsonValue, error) {
	object := jsonValue{kind: jsonObject}
	for r.skipSpace(); !r.take("}"); r.skipSpace() {
		if len(object.names) > 0 && !r.take(",") {
			return object, r.fail("expected , or }")
		}
		if r.skipSpace(); !r.take(`"`) {
			return object, r.fail("expected a field name in quotes")
		}
		name, err := r.stringEnd()
		if err != nil {
			return object, err
		}
		if r.skipSpace(); !r.take(":") {
			return object, r.fail("expected : after a field name")
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return object, err
		}
		object.names = append(object.names, name)
		object.elements = append(object.elements, value)
	}
	return object, nil
}

func (r *jsonReader) list(depth int) (jsonValue, error) {
	list := jsonValue{kind: jsonList}
	for r.skipSpace(); !r.take("]"); r.skipSpace() {
		if len(list.elements) > 0 && !r.take(",") {
			return list, r.fail("expected , or ]")
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return list, err
		}
		list.elements = append(list.elements, value)
	}
	return list, nil
}

func (r *jsonReader) number() (jsonValue, error) {
	end := 0
	for end < len(r.rest) && strings.IndexByte("+-.0123456789eE", r.rest[end]) >= 0 {
		end++
	}
	digits := r.rest[:end]
	unsigned := strings.TrimPrefix(digits, "-")
	leadingZero := len(unsigned) > 1 && unsigned[0] == '0' && unsigned[1] >= '0' && unsigned[1] <= '9'
	if _, err := strconv.ParseFloat(digits, 64); err != nil || unsigned[0] < '0' || unsigned[0] > '9' || leadingZero {
		return jsonValue{}, r.fail("expected a value")
	}
	r.rest = r.rest[end:]
	return jsonValue{kind: jsonNumber, text: digits}, nil
}

// stringEnd reads a string whose opening quote has been taken.
func (r *jsonReader) stringEnd() (string, error) {
	var text strings.Builder
	for r.rest != "" {
		char := r.rest[0]
		switch {
		case char == '"':
			r.rest = r.rest[1:]
			if !utf8.ValidString(text.String()) {
				return "", r.fail("a text is not UTF-8")
			}
			return text.String(), nil
		case char < ' ':
			return "", r.fail("a control character in a text")
		case char == '\\':
			decoded, size := escape(r.rest)
			if size == 0 {
				return "", r.fail("an unknown escape in a text")
			}
			text.WriteRune(decoded)
			r.rest = r.rest[size:]
		default:
			text.WriteByte(char)
			r.rest = r.rest[1:]
		}
	}
	return "", r.fail("a text without its closing quote")
}

// escape decodes the escape at the beginning of text; size 0 if it is none. Pairs of surrogates are not joined:
// nothing in this configuration needs a character beyond U+FFFF written as an escape.
func escape(text string) (decoded rune, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	if at := strings.IndexByte(`"\/bfnrt`, text[1]); at >= 0 {
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	if text[1] != 'u' || len(text) < 6 {
		return 0, 0
	}
	code, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil || code >= 0xd800 && code < 0xe000 {
		return 0, 0
	}
	return rune(code), 6
}
