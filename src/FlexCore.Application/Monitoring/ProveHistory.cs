using System.Globalization;
using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>A proof that an event is in the log.</summary>
/// <param name="Position">Its place, counted from 1.</param>
public sealed record ProveEvent(long Position) : IQuery<JsonElement>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>A proof that the log of so many events begins with all that it had when there were fewer.</summary>
/// <param name="Older">How many there were, or the text of a checkpoint of that time which was kept elsewhere.</param>
/// <param name="Newer">How many events.</param>
public sealed record ProveGrowth(string Older, long Newer) : IQuery<JsonElement>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>The public key that checkpoints and proofs are checked with.</summary>
public sealed record GetLogKey : IQuery<string>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>Proves to others what is in the log.</summary>
public sealed class ProveHistory(IHistory history) : IHandler<ProveEvent, JsonElement>, IHandler<ProveGrowth, JsonElement>, IHandler<GetLogKey, string>
{
    /// <inheritdoc/>
    public async Task<Result<JsonElement>> HandleAsync(ProveEvent request, Caller caller, CancellationToken cancellationToken) =>
        await history.ProveAsync(request.Position, cancellationToken) is { } proof ? proof : new Error(ErrorCodes.NotFound, $"there is no event at position {request.Position}");

    /// <inheritdoc/>
    public async Task<Result<JsonElement>> HandleAsync(ProveGrowth request, Caller caller, CancellationToken cancellationToken)
    {
        if (await history.ProveGrowthAsync(request.Older, request.Newer, cancellationToken) is { } proof) return proof;
        var before = long.TryParse(request.Older, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? $"{size}" : "those of the checkpoint";
        return new Error(ErrorCodes.NotFound, $"the log had never {before} and then {request.Newer} events");
    }

    /// <inheritdoc/>
    public async Task<Result<string>> HandleAsync(GetLogKey request, Caller caller, CancellationToken cancellationToken) =>
        await history.GetPublicKeyAsync(cancellationToken) is { } key ? key : new Error(ErrorCodes.NotFound, "this data directory has never signed a log");
}
