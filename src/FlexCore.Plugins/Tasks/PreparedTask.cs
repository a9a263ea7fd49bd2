using FlexCore.Application.Ports;
using FlexCore.Plugins.Execution;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Tasks;

/// <summary>A task whose work folder and sandbox are there before it may begin.</summary>
internal sealed class PreparedTask(StepRunner runner, WorkFolder folder, SandboxProcess held) : IPreparedStep
{
    private WorkFolder? _folder = folder;

    /// <summary>Its sandbox.</summary>
    public SandboxProcess Held { get; } = held;

    /// <inheritdoc/>
    public Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop) => runner.RunAsync(request, observer, stop, this);

    /// <summary>For the attempt, which removes it.</summary>
    public WorkFolder? TakeFolder() => Interlocked.Exchange(ref _folder, null);

    public async ValueTask DisposeAsync()
    {
        await Held.DisposeAsync();
        if (TakeFolder() is { } unused) await RemoveAsync(unused);
    }

    /// <summary>Removes a folder that no attempt has used.</summary>
    public static async Task RemoveAsync(WorkFolder folder)
    {
        using var held = folder;
        try
        {
            await folder.RemoveAsync();
        }
        catch (IOException)
        {
            // The next start of the runtime tries again.
        }
    }
}
