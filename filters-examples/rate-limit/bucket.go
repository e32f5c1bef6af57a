package main

// bucketRate is the speed of a token bucket: one token every interval nanoseconds, at most burst of them.
type bucketRate struct {
	interval int64
	burst    int64
}

// A bucket is a single number: the time at which it will be full again. It holds burst tokens from then on, and one
// less for each interval before. Taking a token moves that time on by an interval; the refill needs no work at all.
type fullAt int64

// verdict is what became of one request.
type verdict struct {
	allowed    bool
	remaining  int64 // tokens left
	resetAfter int64 // nanoseconds until the bucket is full
	retryAfter int64 // nanoseconds until a token is there; 0 if the request was allowed
}

// take takes a token, if there is one, and says what the bucket is then: the same as before if nothing was taken.
func (r bucketRate) take(bucket fullAt, now int64) (fullAt, verdict) {
	capacity := r.interval * r.burst
	// A clock that was set back, or a configuration with smaller buckets, must not lock anybody out for longer than
	// an empty bucket does.
	ahead := min(max(int64(bucket)-now, 0), capacity)
	next := ahead + r.interval
	if next > capacity {
		return fullAt(now + ahead), verdict{resetAfter: ahead, retryAfter: next - capacity}
	}
	return fullAt(now + next), verdict{allowed: true, remaining: (capacity - next) / r.interval, resetAfter: next}
}
