package main

import (
	"strconv"
	"sync"
	"testing"
)

// fakeStore behaves as the ABI says of shared data: a write with another number than the current one is refused, 0
// always writes, and an absent key is created whatever the number.
type fakeStore struct {
	mutex  sync.Mutex
	values map[string]fakeValue
	cas    uint32
	writes int
}

type fakeValue struct {
	bytes []byte
	cas   uint32
}

func newFakeStore() *fakeStore { return &fakeStore{values: map[string]fakeValue{}} }

func (s *fakeStore) get(key string) ([]byte, uint32, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	value, found := s.values[key]
	return value.bytes, value.cas, found
}

func (s *fakeStore) set(key string, value []byte, cas uint32) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if current, found := s.values[key]; found && cas != 0 && cas != current.cas {
		return false
	}
	s.cas++
	s.writes++
	s.values[key] = fakeValue{append([]byte(nil), value...), s.cas}
	return true
}

const start = int64(1_800_000_000) * second

func tableOf(store store, requests, burst int64, maxKeys int) *table {
	rate := bucketRate{interval: second / requests, burst: burst}
	return newTable(limit{name: "t", rate: rate, maxKeys: maxKeys}, store, [2]uint64{1, 2})
}

func TestABurstPassesThenOneForEachInterval(t *testing.T) {
	table := tableOf(newFakeStore(), 10, 3, 100)
	for left := int64(2); left >= 0; left-- {
		if got, _ := table.take("ada", start); !got.allowed || got.remaining != left {
			t.Fatalf("with %d left: %+v", left, got)
		}
	}

	denied, _ := table.take("ada", start+second/20)
	early, _ := table.take("ada", start+second/10-1)
	onTime, _ := table.take("ada", start+second/10)
	again, _ := table.take("ada", start+second/10)

	if denied.allowed || denied.retryAfter != second/20 || denied.resetAfter != 250*second/1000 {
		t.Errorf("denied: %+v", denied)
	}
	if early.allowed || !onTime.allowed || again.allowed {
		t.Errorf("early %v, on time %v, again %v", early.allowed, onTime.allowed, again.allowed)
	}
}

func TestAnIdleBucketFillsUpToTheBurstAndNoFurther(t *testing.T) {
	table := tableOf(newFakeStore(), 10, 3, 100)
	for range 3 {
		table.take("ada", start)
	}

	got, _ := table.take("ada", start+3600*second)

	if !got.allowed || got.remaining != 2 {
		t.Errorf("%+v", got)
	}
}

func TestAClockSetBackLocksNobodyOutForLonger(t *testing.T) {
	table := tableOf(newFakeStore(), 10, 3, 100)
	table.take("ada", start)

	back := start - 3600*second
	denied, _ := table.take("ada", back)
	later, _ := table.take("ada", back+denied.retryAfter)

	if denied.allowed || denied.retryAfter != second/10 || !later.allowed {
		t.Errorf("at once %+v, later %+v", denied, later)
	}
}

func TestClientsDoNotShareABucket(t *testing.T) {
	table := tableOf(newFakeStore(), 1, 1, 100_000)
	for client := range 1000 {
		if got, _ := table.take(strconv.Itoa(client), start); !got.allowed {
			t.Errorf("client %d", client)
		}
		if got, _ := table.take(strconv.Itoa(client), start); got.allowed {
			t.Errorf("client %d twice", client)
		}
	}
}

func TestInventedClientsFillNoMemoryAndFreeNobody(t *testing.T) {
	store := newFakeStore()
	table := tableOf(store, 1, 5, 64)
	for range 5 {
		table.take("greedy", start)
	}

	for client := range 10_000 {
		table.take(strconv.Itoa(client), start)
	}

	if len(store.values) > 64/ways {
		t.Errorf("%d values", len(store.values))
	}
	if got, _ := table.take("greedy", start); got.allowed {
		t.Error("the limited client got its tokens back")
	}
}

func TestWorkersTogetherLetThroughExactlyTheBurst(t *testing.T) {
	const workers, burst = 8, 3 // fewer tokens than workers
	for round := range 200 {
		store := newFakeStore()
		var allowed, undecided sync.Map
		var group sync.WaitGroup
		for worker := range workers {
			group.Add(1)
			go func() {
				defer group.Done()
				table := tableOf(store, 1, burst, 64)
				for request := range 4 {
					got, decided := table.take("ada", start)
					if !decided {
						undecided.Store([2]int{worker, request}, true)
					} else if got.allowed {
						allowed.Store([2]int{worker, request}, true)
					}
				}
			}()
		}
		group.Wait()
		if count(&allowed) != burst || count(&undecided) != 0 {
			t.Fatalf("round %d: %d allowed, %d undecided", round, count(&allowed), count(&undecided))
		}
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func TestADeniedRequestWritesNothing(t *testing.T) {
	store := newFakeStore()
	table := tableOf(store, 1, 1, 64)
	table.take("ada", start)

	table.take("ada", start)

	if store.writes != 1 {
		t.Errorf("%d writes", store.writes)
	}
}

func TestAllWorkersGetTheSeedOfTheFirst(t *testing.T) {
	store := newFakeStore()
	first := sharedSeed(store, func() uint64 { return 7 })
	second := sharedSeed(store, func() uint64 { return 8 })

	if first != second || first != [2]uint64{7, 7} {
		t.Errorf("%v, %v", first, second)
	}
}

// The vector of the paper's appendix: key 00 01 .. 0f, message 00 01 .. 0e.
func TestSipHashGivesThePublishedValue(t *testing.T) {
	var message []byte
	for i := range 15 {
		message = append(message, byte(i))
	}

	got := siphash([2]uint64{0x0706050403020100, 0x0f0e0d0c0b0a0908}, string(message))

	if got != 0xa129ca6149be45e5 {
		t.Errorf("%x", got)
	}
}
