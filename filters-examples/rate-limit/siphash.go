package main

import "math/bits"

// siphash is SipHash-2-4 (Aumasson and Bernstein): a 64-bit hash that cannot be steered without the seed.
func siphash(seed [2]uint64, text string) uint64 {
	s := sipState{
		seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573,
	}
	last := uint64(len(text)) << 56
	for ; len(text) >= 8; text = text[8:] {
		s.absorb(word(text[:8]))
	}
	s.absorb(last | word(text))
	s[2] ^= 0xff
	for range 4 {
		s.round()
	}
	return s[0] ^ s[1] ^ s[2] ^ s[3]
}

type sipState [4]uint64

func (s *sipState) absorb(word uint64) {
	s[3] ^= word
	s.round()
	s.round()
	s[0] ^= word
}

func (s *sipState) round() {
	s[0] += s[1]
	s[1] = bits.RotateLeft64(s[1], 13) ^ s[0]
	s[0] = bits.RotateLeft64(s[0], 32)
	s[2] += s[3]
	s[3] = bits.RotateLeft64(s[3], 16) ^ s[2]
	s[0] += s[3]
	s[3] = bits.RotateLeft64(s[3], 21) ^ s[0]
	s[2] += s[1]
	s[1] = bits.RotateLeft64(s[1], 17) ^ s[2]
	s[2] = bits.RotateLeft64(s[2], 32)
}

// word is up to eight bytes as a little-endian number.
func word(text string) uint64 {
	var result uint64
	for i := range len(text) {
		result |= uint64(text[i]) << (8 * i)
	}
	return result
}
