package checkpoint

import (
	"fmt"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// function is something that a pickle may call.
type function func(args []any) (any, error)

func (f function) Call(args ...any) (any, error) { return f(args) }

// dtypeClass is the class of the storages of a type of elements.
type dtypeClass DType

// inert is a class of which nothing is known but its name, and at the same time
// all of its instances: whatever is done to it has no effect.
type inert struct{}

func (inert) Call(...any) (any, error)  { return inert{}, nil }
func (inert) PyNew(...any) (any, error) { return inert{}, nil }
func (inert) PySetState(any) error      { return nil }
func (inert) Set(any, any)              {}
func (inert) Append(any)                {}
func (inert) Add(any)                   {}

// scriptClass is the class of a TorchScript module or object.
type scriptClass struct{}

func (scriptClass) PyNew(...any) (any, error) { return &scriptObject{}, nil }

// scriptObject is a TorchScript module or object: its attributes.
type scriptObject struct{ state any }

func (o *scriptObject) PySetState(state any) error {
	o.state = state
	return nil
}

// functions are those that build tensors, and those that give back one of their
// arguments.
var functions = map[string]function{
	"torch._utils._rebuild_tensor":               rebuildTensor, // before PyTorch 0.4
	"torch._utils._rebuild_tensor_v2":            rebuildTensor,
	"torch._utils._rebuild_tensor_v3":            rebuildTensorV3,
	"torch._utils._rebuild_parameter":            firstArgument,
	"torch._utils._rebuild_parameter_with_state": firstArgument,
	"torch._tensor._rebuild_from_type_v2":        rebuildFromType,
	"torch.Size":                                 firstArgument,
	"torch.jit._pickle.build_boollist":           firstArgument,
	"torch.jit._pickle.build_doublelist":         firstArgument,
	"torch.jit._pickle.build_intlist":            firstArgument,
	"torch.jit._pickle.build_tensorlist":         firstArgument,
	"torch.jit._pickle.restore_type_tag":         firstArgument,
	"collections.defaultdict":                    func([]any) (any, error) { return types.NewDict(), nil },
}

// inertClasses are classes and functions that training scripts leave in their
// checkpoints beside the weights.
var inertClasses = set(
	"argparse.Namespace",
	"collections.Counter", "collections.deque",
	"datetime.date", "datetime.datetime", "datetime.timedelta",
	"numpy.dtype", "numpy.ndarray",
	"numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar", "numpy.core.numeric._frombuffer",
	"numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.numeric._frombuffer",
	"numpy.random._pickle.__bit_generator_ctor", "numpy.random._pickle.__generator_ctor",
	"numpy.random._pickle.__randomstate_ctor",
	"_codecs.encode", // bytes, in protocols that have none
	"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "pathlib.WindowsPath",
	"torch.Tensor", "torch.device", "torch.nn.parameter.Buffer", "torch.nn.parameter.Parameter",
	"builtins.bool", "builtins.bytearray", "builtins.bytes", "builtins.complex", "builtins.dict", "builtins.float",
	"builtins.frozenset", "builtins.int", "builtins.list", "builtins.object", "builtins.range", "builtins.set", "builtins.slice", "builtins.str", "builtins.tuple",
)

func set(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		m[name] = true
	}
	return m
}

// class returns what a pickle may know under a name. (Some names gopickle knows
// itself: collections.OrderedDict, lists, dictionaries, array and the
// _reconstructor of protocols 0 and 1.)
func (p *unpickler) class(module, name string) (any, error) {
	if module == "__builtin__" { // that of Python 2
		module = "builtins"
	}
	full := module + "." + name
	if f, ok := functions[full]; ok {
		return f, nil
	}
	if inertClasses[full] {
		return inert{}, nil
	}
	if full == "torch.storage.UntypedStorage" || full == "torch.UntypedStorage" {
		return dtypeClass(Uint8), nil
	}
	if module == "torch" {
		d, ok := dtypeOf(func(d DType) bool { return name == dtypeTable[d].class })
		if ok {
			return dtypeClass(d), nil
		}
		if d, ok = dtypeOf(func(d DType) bool { return name == dtypeTable[d].torch }); ok {
			return d, nil
		}
	}
	if p.script && (module == "__torch__" || strings.HasPrefix(module, "__torch__.")) {
		return scriptClass{}, nil
	}
	return nil, fmt.Errorf("class or function %.200s is not allowed", full)
}

func firstArgument(args []any) (any, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("no argument for a function")
	}
	return args[0], nil
}

// rebuildTensor gets (storage, offset, shape, strides[, requires_grad, hooks[,
// metadata]]).
func rebuildTensor(args []any) (any, error) {
	if len(args) > 0 {
		if v, ok := args[0].(*storageView); ok {
			return rebuild(args, v.dtype, 6)
		}
	}
	return nil, fmt.Errorf("no storage for a tensor")
}

// rebuildTensorV3 has the type as its seventh argument: those younger than the
// classes of storages are kept in storages of bytes.
func rebuildTensorV3(args []any) (any, error) {
	if len(args) < 7 {
		return nil, fmt.Errorf("%d arguments for a tensor", len(args))
	}
	d, ok := args[6].(DType)
	if !ok {
		return nil, fmt.Errorf("no type for a tensor")
	}
	return rebuild(args, d, 7)
}

// rebuildFromType gets (function, class, arguments, attributes).
func rebuildFromType(args []any) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("%d arguments for a tensor", len(args))
	}
	f, ok1 := args[0].(function)
	inner, ok2 := args[2].(*types.Tuple)
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("wrong arguments for a tensor")
	}
	return f(*inner)
}
