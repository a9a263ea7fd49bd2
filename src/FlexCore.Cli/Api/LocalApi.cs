using System.Runtime.CompilerServices;
using FlexCore.Application.Bus;
using FlexCore.Client;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli.Api;

/// <summary>Answers from the log of this machine, in the words of the API. Who asks is the user whose process this is.</summary>
internal sealed partial class LocalApi(Session session) : IFlexCoreApi
{
    private const string NoReason = "asked for by hand";

    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>Asks; whatever is refused ends the command.</summary>
    private async Task<T> AskAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
    {
        var answer = await session.AskAsync(request, cancellationToken);
        return answer.IsSuccess ? answer.Value : throw new FlexCoreException(answer.Errors);
    }

    private async Task<TDocument> AskAsync<T, TDocument>(IRequest<T> request, Func<T, TDocument> describe, CancellationToken cancellationToken) => describe(await AskAsync(request, cancellationToken));

    private async IAsyncEnumerable<TDocument> ListAsync<T, TDocument>(IRequest<IReadOnlyList<T>> request, Func<T, TDocument> describe, int? limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in (await AskAsync(request, cancellationToken)).Take(limit ?? int.MaxValue)) yield return describe(item);
    }
}
