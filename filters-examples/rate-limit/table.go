package main

import (
	"encoding/binary"
	"strconv"
)

// store is the host's shared data, or a stand-in for tests.
type store interface {
	// get gives the value of a key and the number to hand to set; false if there is none.
	get(key string) (value []byte, cas uint32, found bool)
	// set writes a value unless somebody else has written since; false if so.
	set(key string, value []byte, cas uint32) bool
}

const (
	ways      = 8  // buckets in one shared value
	entrySize = 16 // hash of the key, time at which the bucket is full
	attempts  = 64 // each failed attempt means that another worker succeeded

	// The ABI takes 0 for "write whatever there is", and creates an absent key whatever the number. A number that no
	// value has (they count up from 1) therefore means: create, but never overwrite what another worker just created.
	createOnly = ^uint32(0)
)

// table keeps the buckets of one limit in shared data. Shared data can only grow, so a value per client would let
// anybody who can invent a key fill the host's memory. Instead there is a fixed number of values, each with room for a
// few buckets, found by the hash of the key. A full bucket says no more than an absent one, so its place is free; only
// when all places of a value are in use by buckets that are not full, the fullest one gives way.
type table struct {
	rate   bucketRate
	store  store
	seed   [2]uint64
	prefix string
	keys   []string // of the shared values, made when first used
	buffer [ways * entrySize]byte
}

func newTable(one limit, store store, seed [2]uint64) *table {
	values := 1
	for values*ways < one.maxKeys {
		values *= 2
	}
	return &table{rate: one.rate, store: store, seed: seed, prefix: "rate-limit/" + one.name + "/", keys: make([]string, values)}
}

// take takes a token from the bucket of a client. False if the other workers got in the way every time.
func (t *table) take(client string, now int64) (verdict, bool) {
	hash := siphash(t.seed, client)
	key := t.key(int(hash & uint64(len(t.keys)-1)))
	for range attempts {
		value, cas, found := t.store.get(key)
		if !found || len(value) != len(t.buffer) {
			clear(t.buffer[:])
			if !found {
				cas = createOnly
			}
		} else {
			copy(t.buffer[:], value)
		}
		entry := t.entry(hash)
		bucket := fullAt(0)
		if binary.LittleEndian.Uint64(entry) == hash {
			bucket = fullAt(binary.LittleEndian.Uint64(entry[8:]))
		}
		after, result := t.rate.take(bucket, now)
		if after == bucket {
			return result, true // nothing was taken, so there is nothing to write
		}
		binary.LittleEndian.PutUint64(entry, hash)
		binary.LittleEndian.PutUint64(entry[8:], uint64(after))
		if t.store.set(key, t.buffer[:], cas) {
			return result, true
		}
	}
	return verdict{}, false
}

// entry is the place of a hash in the buffer, or the place it takes over: that of the fullest bucket.
func (t *table) entry(hash uint64) []byte {
	fullest := t.buffer[:entrySize]
	for at := 0; at < len(t.buffer); at += entrySize {
		entry := t.buffer[at : at+entrySize]
		if binary.LittleEndian.Uint64(entry) == hash {
			return entry
		}
		if binary.LittleEndian.Uint64(entry[8:]) < binary.LittleEndian.Uint64(fullest[8:]) {
			fullest = entry
		}
	}
	return fullest
}

func (t *table) key(value int) string {
	if t.keys[value] == "" {
		t.keys[value] = t.prefix + strconv.Itoa(value)
	}
	return t.keys[value]
}

// sharedSeed is the same for all workers and not known outside, so that nobody can choose keys that meet in one bucket.
func sharedSeed(store store, random func() uint64) [2]uint64 {
	const key = "rate-limit/seed"
	value := make([]byte, 16)
	binary.LittleEndian.PutUint64(value, random())
	binary.LittleEndian.PutUint64(value[8:], random())
	store.set(key, value, createOnly)
	if kept, _, found := store.get(key); found && len(kept) == len(value) {
		value = kept
	}
	return [2]uint64{binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])}
}
