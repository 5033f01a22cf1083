"""Builds a graph of Values, runs `backward` and reads every number back."""


def drive(namespace, inputs):
    Value = namespace["Value"]
    if not isinstance(Value, type):
        raise TypeError(f"Value should be a class, not a {type(Value).__name__}")
    values = {name: Value(number) for name, number in inputs["leaves"].items()}
    for name, operation, sources in inputs["nodes"]:
        parts = [values[source] if isinstance(source, str) else source for source in sources]
        if operation == "+":
            result = parts[0] + parts[1]
        elif operation == "*":
            result = parts[0] * parts[1]
        else:
            result = parts[0].tanh()
        if not isinstance(result, Value):
            raise TypeError(f"{_written(operation, sources)} should give a Value, not {type(result).__name__}")
        values[name] = result
    values[inputs["output"]].backward()
    return {
        "data": {name: value.data for name, value in values.items()},
        "grad": {name: value.grad for name, value in values.items()},
    }


def _written(operation, sources):
    return f"{sources[0]} {operation} {sources[1]}" if len(sources) == 2 else f"{sources[0]}.{operation}()"
