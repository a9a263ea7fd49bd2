using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>What one attempt of a step has for itself while it runs: a shared work folder, its log, its secrets to hide.</summary>
internal sealed class StepScope : IAsyncDisposable
{
    private readonly SecretMask _mask;
    private readonly IRunLogWriter _writer;
    private readonly TimeProvider _time;

    private StepScope(StepRequest request, IRunObserver observer, StopSignal stop, string workFolder, IRunLogs logs, TimeProvider time)
    {
        Request = request;
        Observer = observer;
        Stop = stop;
        WorkFolder = workFolder;
        _mask = SecretMask.For(request.Step.Plugins);
        _writer = logs.Open(request.RunId);
        _time = time;
    }

    public StepRequest Request { get; }

    public IRunObserver Observer { get; }

    public StopSignal Stop { get; }

    /// <summary>On the host: the folder that the plugins of the step share.</summary>
    public string WorkFolder { get; }

    /// <summary>Makes all that the step has for itself.</summary>
    public static async Task<StepScope> OpenAsync(StepRequest request, IRunObserver observer, StopSignal stop, string dataDirectory, IRunLogs logs, TimeProvider time)
    {
        // One pipeline runs once at a time, so what lies there was left by a runtime that was killed.
        var workFolder = Path.Combine(dataDirectory, "work", $"{request.Pipeline.Name}.{request.Step.Id}");
        try
        {
            await UntrustedFiles.RemoveFolderAsync(workFolder);
            Directory.CreateDirectory(workFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"the work folder {workFolder} cannot be made: {e.Message}"), e);
        }

        return new StepScope(request, observer, stop, workFolder, logs, time);
    }

    /// <summary>The log of one plugin of the step.</summary>
    public PluginLog Log(string plugin) => new(Request.Step.Id, plugin, _mask, _writer, Observer, _time);

    /// <summary>The text without secrets.</summary>
    public string Mask(string text) => _mask.Apply(text);

    /// <inheritdoc cref="SecretMask.Apply(JsonElement)"/>
    public JsonElement Mask(JsonElement json) => _mask.Apply(json);

    /// <summary>A JSON file that only one plugin can read.</summary>
    public static SandboxFile PrivateFile(string name, JsonElement content) =>
        new($"{PluginLauncher.PrivateFolder}/{name}", JsonSerializer.SerializeToUtf8Bytes(content, PluginsJson.Default.JsonElement));

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        try
        {
            await UntrustedFiles.RemoveFolderAsync(WorkFolder);
        }
        catch (IOException e)
        {
            Observer.Warning($"the work folder {WorkFolder} could not be removed: {e.Message}");
        }
    }
}
