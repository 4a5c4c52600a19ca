//go:build noasm || !amd64

package f32

func expAVX2(x *float32, n int, c *expTable)         { panic("f32: no assembly in this build") }
func expAVX512(x *float32, n int, c *expTable)       { panic("f32: no assembly in this build") }
func sigmoidAVX2(x *float32, n int, c *expTable)     { panic("f32: no assembly in this build") }
func sigmoidAVX512(x *float32, n int, c *expTable)   { panic("f32: no assembly in this build") }
func tanhAVX2(x *float32, n int, c *expTable)        { panic("f32: no assembly in this build") }
func tanhAVX512(x *float32, n int, c *expTable)      { panic("f32: no assembly in this build") }
func geluAVX2(x *float32, n int, c *expTable)        { panic("f32: no assembly in this build") }
func geluAVX512(x *float32, n int, c *expTable)      { panic("f32: no assembly in this build") }
func geluTanhAVX2(x *float32, n int, c *expTable)    { panic("f32: no assembly in this build") }
func geluTanhAVX512(x *float32, n int, c *expTable)  { panic("f32: no assembly in this build") }
func quickGELUAVX2(x *float32, n int, c *expTable)   { panic("f32: no assembly in this build") }
func quickGELUAVX512(x *float32, n int, c *expTable) { panic("f32: no assembly in this build") }
func softmaxAVX2(x *float32, n int, c *expTable)     { panic("f32: no assembly in this build") }
func softmaxAVX512(x *float32, n int, c *expTable)   { panic("f32: no assembly in this build") }
