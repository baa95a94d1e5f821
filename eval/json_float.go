package eval

// This file turns floats into decimal digits by the algorithm Grisu2 of Florian Loitsch ("Printing Floating-Point
// Numbers Quickly and Accurately with Integers", 2010). Its digits always read back as the same float, but in about
// one of a thousand cases there is one more of them than needed, or another one than the nearest. Go's own digits are
// the shortest and nearest ones, but text that Nix wrote has these, and store paths depend on them.

import (
	"math"
	"math/big"
	"math/bits"
)

// A diyFloat is f times 2 to the power of e.
type diyFloat struct {
	f uint64
	e int
}

// times is the product, rounded to 64 bits.
func (x diyFloat) times(y diyFloat) diyFloat {
	hi, lo := bits.Mul64(x.f, y.f)
	return diyFloat{hi + lo>>63, x.e + y.e + 64}
}

func (x diyFloat) normalized() diyFloat {
	n := bits.LeadingZeros64(x.f)
	return diyFloat{x.f << n, x.e - n}
}

// A tenPower is an approximation of 10 to the power of k.
type tenPower struct {
	diyFloat
	k int
}

const (
	tenPowerFirst = -300
	tenPowerStep  = 8
	tenPowerCount = 79
	grisuAlpha    = -60 // the exponent of a scaled number is at least this
)

// tenPowers are the powers of ten from 10^-300 to 10^324 in steps of 8, rounded to 64 bits.
var tenPowers = func() (t [tenPowerCount]tenPower) {
	for i := range t {
		k := tenPowerFirst + i*tenPowerStep
		t[i] = tenPower{roundedPower(k), k}
	}
	return t
}()

func roundedPower(k int) diyFloat {
	f := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(k, -k))), nil)
	if k >= 0 {
		f.SetInt(power)
	} else {
		f.SetRat(new(big.Rat).SetFrac(big.NewInt(1), power))
	}
	mantissa := new(big.Float)
	e := f.MantExp(mantissa)
	mantissa.SetMantExp(mantissa, 64)
	n, _ := mantissa.Uint64()
	return diyFloat{n, e - 64}
}

// powerFor is the power of ten that brings a number with a binary exponent into the range of the algorithm.
func powerFor(e int) tenPower {
	f := grisuAlpha - e - 1
	k := f * 78913 / (1 << 18) // log10(2)
	if f > 0 {
		k++
	}
	return tenPowers[(-tenPowerFirst+k+tenPowerStep-1)/tenPowerStep]
}

// grisu2 returns digits and an exponent such that digits times 10 to the power of exp reads as f, which is positive.
func grisu2(f float64) (digits []byte, exp int) {
	low, v, high := boundaries(f)
	p := powerFor(high.e)
	w, lo, hi := v.times(p.diyFloat), low.times(p.diyFloat), high.times(p.diyFloat)
	// The products may be off by one; the true interval contains this one.
	lo.f++
	hi.f--
	return generateDigits(lo, w, hi, -p.k)
}

// boundaries are the number and the midpoints between it and its neighbours, with one exponent.
func boundaries(f float64) (low, v, high diyFloat) {
	b := math.Float64bits(f)
	fraction, biased := b&(1<<52-1), int(b>>52)
	v = diyFloat{fraction, 1 - 1075}
	if biased > 0 {
		v = diyFloat{fraction | 1<<52, biased - 1075}
	}
	high = diyFloat{2*v.f + 1, v.e - 1}.normalized()
	low = diyFloat{2*v.f - 1, v.e - 1}
	if fraction == 0 && biased > 1 {
		low = diyFloat{4*v.f - 1, v.e - 2} // the neighbour below is nearer
	}
	low = diyFloat{low.f << (low.e - high.e), high.e}
	return low, v.normalized(), high
}

// generateDigits makes the digits of a number between lo and hi that is near w.
func generateDigits(lo, w, hi diyFloat, exp int) ([]byte, int) {
	delta, dist := hi.f-lo.f, hi.f-w.f
	shift := -hi.e
	one := uint64(1) << shift
	whole, rest := uint32(hi.f>>shift), hi.f&(one-1)
	digits := make([]byte, 0, 17)
	power, n := largestPower(whole)
	for n > 0 {
		digits = append(digits, byte('0'+whole/power))
		whole %= power
		n--
		if left := uint64(whole)<<shift + rest; left <= delta {
			roundDigits(digits, dist, delta, left, uint64(power)<<shift)
			return digits, exp + n
		}
		power /= 10
	}
	for m := 1; ; m++ {
		rest *= 10
		digits = append(digits, byte('0'+rest>>shift))
		rest &= one - 1
		delta *= 10
		dist *= 10
		if rest <= delta {
			roundDigits(digits, dist, delta, rest, one)
			return digits, exp - m
		}
	}
}

// largestPower is the largest power of ten that is not above n, and the number of digits of n.
func largestPower(n uint32) (power uint32, digits int) {
	power, digits = 1, 1
	for n/power >= 10 {
		power *= 10
		digits++
	}
	return power, digits
}

// roundDigits lowers the last digit while that brings the number nearer to the exact one. dist and rest are how far that
// one and the number are below the upper bound, and unit is the worth of the last digit.
func roundDigits(digits []byte, dist, delta, rest, unit uint64) {
	for rest < dist && delta-rest >= unit && (rest+unit < dist || dist-rest > rest+unit-dist) {
		digits[len(digits)-1]--
		rest += unit
	}
}
