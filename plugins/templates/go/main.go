// Refuses messages that have the tenant's banned word in them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The parts of an event that this plugin reads; there are more.
type event struct {
	Hook    string
	Config  map[string]any
	Message struct{ Text string }
}

type rejection struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// What is printed is a word like "allow", or an object with one key.
func decide(told event) any {
	word, isSet := told.Config["banned"].(string)
	if isSet && strings.Contains(told.Message.Text, word) {
		return map[string]rejection{"reject": {"banned-word", word + " may not be said here"}}
	}
	return "allow"
}

func main() {
	var told event
	if err := json.NewDecoder(os.Stdin).Decode(&told); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(decide(told))
}
