using System.Diagnostics.CodeAnalysis;

namespace FlexCore.Domain.Errors;

/// <summary>A value, or the reasons why there is none. Rules that say no answer with this; only a broken world throws.</summary>
/// <typeparam name="T">What is there when nothing went wrong.</typeparam>
public sealed class Result<T>
{
    private readonly T? _value;

    private Result(T? value, IReadOnlyList<Error> errors)
    {
        _value = value;
        Errors = errors;
    }

    /// <summary>All reasons at once; empty on success.</summary>
    public IReadOnlyList<Error> Errors { get; }

    /// <summary>Whether there is a value.</summary>
    public bool IsSuccess => Errors.Count == 0;

    /// <summary>The value; throws when there is none.</summary>
    public T Value => IsSuccess ? _value! : throw new InvalidOperationException(Errors[0].ToString());

    /// <summary>Wraps a value.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "A result is made by assigning the value or the error; a named twin adds nothing.")]
    public static implicit operator Result<T>(T value) => new(value, []);

    /// <summary>Wraps one error.</summary>
    public static implicit operator Result<T>(Error error) => new(default, [error]);

    /// <summary>Wraps several errors; there must be at least one.</summary>
    public static implicit operator Result<T>(Error[] errors) => new(default, errors);
}
