using System.Net;

namespace FlexCore.Client;

/// <summary>The server has refused a request.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="problem">Why; null where something else than FlexCore has answered.</param>
public sealed class FlexCoreApiException(HttpStatusCode status, Problem? problem)
    : Exception(problem is null ? $"The server has answered with HTTP {(int)status} and no reason." : $"{problem.Detail} ({problem.Code}). {problem.Remedy}")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Why; null where something else than FlexCore has answered.</summary>
    public Problem? Problem { get; } = problem;
}
