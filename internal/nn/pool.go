package nn

import "github.com/soundspace/soundspace/internal/f32"

// MaxPool2D returns the largest values under a kernel × kernel window that moves
// by stride, in scratch memory. Windows reach pad pixels over the edge, at most
// kernel/2, where there is nothing. A window that holds NaN gives NaN.
func MaxPool2D(c *Context, x Images, kernel, stride, pad int) Images {
	if pad > kernel/2 {
		panic("nn: MaxPool2D with padding beyond half the kernel")
	}
	span := func(i, size int) (from, to int) {
		from = i*stride - pad
		return max(from, 0), min(from+kernel, size)
	}
	h, w := outputSize(x.H, kernel, stride, pad), outputSize(x.W, kernel, stride, pad)
	return pool(c, x, h, w, f32.Maximum, 1, span, span)
}

// AdaptiveMaxPool2D returns the largest values of h × w parts of the images, as
// equal as possible, in scratch memory; part i of n pixels is [⌊i·n/h⌋,
// ⌈(i+1)·n/h⌉). A part that holds NaN gives NaN.
func AdaptiveMaxPool2D(c *Context, x Images, h, w int) Images {
	span := func(parts int) func(i, size int) (from, to int) {
		return func(i, size int) (from, to int) {
			return i * size / parts, ((i+1)*size + parts - 1) / parts
		}
	}
	return pool(c, x, h, w, f32.Maximum, 1, span(h), span(w))
}

// AvgPool2D returns the means under kernelH × kernelW windows, side by side, in
// scratch memory. Pixels that do not fill a window are left out.
func AvgPool2D(c *Context, x Images, kernelH, kernelW int) Images {
	span := func(kernel int) func(i, size int) (from, to int) {
		return func(i, _ int) (from, to int) { return i * kernel, (i + 1) * kernel }
	}
	h, w := outputSize(x.H, kernelH, kernelH, 0), outputSize(x.W, kernelW, kernelW, 0)
	return pool(c, x, h, w, f32.Add, 1/float32(kernelH*kernelW), span(kernelH), span(kernelW))
}

// AvgPool2DCeil is AvgPool2D with the windows that the pixels at the bottom and on
// the right do not fill: they are means of what is there.
func AvgPool2DCeil(c *Context, x Images, kernelH, kernelW int) Images {
	span := func(kernel int) func(i, size int) (from, to int) {
		return func(i, size int) (from, to int) { return i * kernel, min((i+1)*kernel, size) }
	}
	h, w := (x.H+kernelH-1)/kernelH, (x.W+kernelW-1)/kernelW
	y := pool(c, x, h, w, f32.Add, 1/float32(kernelH*kernelW), span(kernelH), span(kernelW))
	lastH, lastW := x.H-(h-1)*kernelH, x.W-(w-1)*kernelW
	for i := range y.N * h {
		for j := range w {
			pixels := kernelH * kernelW
			if i%h == h-1 {
				pixels = pixels / kernelH * lastH
			}
			if j == w-1 {
				pixels = pixels / kernelW * lastW
			}
			if pixels < kernelH*kernelW {
				f32.Scale(y.Data[(i*w+j)*y.C:][:y.C], float32(kernelH*kernelW)/float32(pixels))
			}
		}
	}
	return y
}

// GlobalAvgPool returns the mean of each channel of each image, a row an image,
// in scratch memory.
func GlobalAvgPool(c *Context, x Images) Matrix {
	return AvgPool2D(c, x, x.H, x.W).Matrix()
}

// pool returns h × w pixels for each image. Pixel (y, x) is factor times what merge
// makes, pixel by pixel, of the part of the image that has the rows of spanH and
// the columns of spanW: first of its rows, one upon the other, and then of the
// columns of what results.
func pool(c *Context, x Images, h, w int, merge func(dst, x []float32), factor float32, spanH, spanW func(i, size int) (from, to int)) Images {
	dst := c.Images(x.N, h, w, x.C)
	row := x.W * x.C
	c.Split(x.N*h, 1, func(c *Context, from, to int) {
		rows := c.Floats(row)
		for i := from; i < to; i++ {
			image := x.Data[i/h*x.H*row:]
			y0, y1 := spanH(i%h, x.H)
			reduce(c, rows, image[y0*row:y1*row], merge)
			pixels := dst.Data[i*w*x.C:][:w*x.C]
			for ox := range w {
				x0, x1 := spanW(ox, x.W)
				reduce(c, pixels[ox*x.C:][:x.C], rows[x0*x.C:x1*x.C], merge)
			}
			if factor != 1 {
				f32.Scale(pixels, factor)
			}
		}
	})
	return dst
}

// reduce merges the parts of x, each as long as dst, into dst. Many are halved,
// since the rounding errors of a sum grow with their number.
func reduce(c *Context, dst, x []float32, merge func(dst, x []float32)) {
	n := len(dst)
	if parts := len(x) / n; parts > 16 {
		mark := c.Mark()
		half := c.Floats(n)
		reduce(c, dst, x[:parts/2*n], merge)
		reduce(c, half, x[parts/2*n:], merge)
		merge(dst, half)
		c.Release(mark)
		return
	}
	copy(dst, x)
	for x = x[n:]; len(x) > 0; x = x[n:] {
		merge(dst, x[:n])
	}
}
