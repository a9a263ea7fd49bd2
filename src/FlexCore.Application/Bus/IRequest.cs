using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Bus;

/// <summary>Something that can be asked of FlexCore: a command changes something, a query does not.</summary>
/// <typeparam name="TResult">The answer.</typeparam>
public interface IRequest<TResult>
{
    /// <summary>What one must be allowed in order to ask it.</summary>
    Permission Permission { get; }

    /// <summary>What it is about; where nothing is said, not pipelines of anybody's choice alone.</summary>
    Reach Reach => Reach.All;

    /// <summary>What is wrong with it as it stands, before anything is looked up; all at once.</summary>
    IEnumerable<Error> Validate() => [];
}

/// <summary>A request that changes something.</summary>
/// <typeparam name="TResult">The answer.</typeparam>
public interface ICommand<TResult> : IRequest<TResult>;

/// <summary>A request that changes nothing.</summary>
/// <typeparam name="TResult">The answer.</typeparam>
public interface IQuery<TResult> : IRequest<TResult>;

/// <summary>Does what one kind of request asks.</summary>
/// <typeparam name="TRequest">The kind.</typeparam>
/// <typeparam name="TResult">The answer.</typeparam>
public interface IHandler<in TRequest, TResult>
    where TRequest : IRequest<TResult>
{
    /// <summary>Does it.</summary>
    Task<Result<TResult>> HandleAsync(TRequest request, Caller caller, CancellationToken cancellationToken);
}

/// <summary>Who asks.</summary>
/// <param name="Name">The name that events carry as <c>actor</c>.</param>
/// <param name="Role">What they may do.</param>
public sealed record Caller(string Name, Role Role)
{
    /// <summary>What tells them from everybody else who is or ever was called so: of the bearer of a token the token.</summary>
    public string Identity { get => field ?? Name; init; }

    /// <summary>The pipelines that they may ask about; null for all, and all else.</summary>
    public PipelineScope? Scope { get; init; }

    /// <summary>The id of the request with which they ask, which all that it causes can be found by; null where it has none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Whether they may see a pipeline.</summary>
    public bool MaySee(string pipeline) => Scope is null || Scope.Covers(pipeline);
}
