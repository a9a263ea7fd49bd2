using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>The whole log as JSON Lines; the answer is how many events it has.</summary>
/// <param name="File">Where it is written while it is read. Nothing is, when it is refused.</param>
public sealed record ExportEvents(Stream File) : IQuery<long>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Audit;
}

/// <summary>Exports the log.</summary>
public sealed class ExportEventsHandler(IHistory history) : IHandler<ExportEvents, long>
{
    /// <inheritdoc/>
    public async Task<Result<long>> HandleAsync(ExportEvents request, Caller caller, CancellationToken cancellationToken) => await history.ExportAsync(request.File, cancellationToken);
}
