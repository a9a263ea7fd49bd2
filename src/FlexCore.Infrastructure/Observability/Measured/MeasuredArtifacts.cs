using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The files that steps leave, with how long each operation takes.</summary>
internal sealed class MeasuredArtifacts(IArtifacts inner) : IArtifacts
{
    private static readonly MeasuredPort Port = new("artifacts");

    public bool IsName(string name) => inner.IsName(name);

    public ValueTask<Artifact> KeepAsync(Guid runId, string step, string name, Stream content, CancellationToken cancellationToken) => Port.MeasureAsync("keep", () => inner.KeepAsync(runId, step, name, content, cancellationToken));

    public ValueTask<Stream?> OpenAsync(Guid runId, string step, string name, CancellationToken cancellationToken) => Port.MeasureAsync("open", () => inner.OpenAsync(runId, step, name, cancellationToken));
}
