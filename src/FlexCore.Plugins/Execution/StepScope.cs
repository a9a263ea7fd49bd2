using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Secrets;

namespace FlexCore.Plugins.Execution;

/// <summary>What one attempt of a step has for itself while it runs: a shared work folder, its log, its secrets to hide.</summary>
internal sealed class StepScope : IAsyncDisposable
{
    private readonly StepSecrets _secrets;
    private readonly WorkFolder _workFolder;
    private readonly IRunLogWriter _writer;
    private readonly TimeProvider _time;

    /// <summary>Makes all that the step has for itself.</summary>
    public StepScope(StepRequest request, StepSecrets secrets, IRunObserver observer, StopSignal stop, WorkFolder workFolder, IRunLogs logs, TimeProvider time)
    {
        Request = request;
        Observer = observer;
        Stop = stop;
        _workFolder = workFolder;
        _secrets = secrets;
        _writer = logs.Open(request.RunId);
        _time = time;
    }

    public StepRequest Request { get; }

    public IRunObserver Observer { get; }

    public StopSignal Stop { get; }

    /// <summary>On the host: the folder that the plugins of the step share.</summary>
    public string WorkFolder => _workFolder.Path;

    /// <summary>The folder that the plugins of one partition share, so that files of one name do not meet; the whole folder where there is only one.</summary>
    /// <param name="partition">Its number; 0 for the whole.</param>
    public string WorkFolderOf(int partition) => partition == 0
        ? WorkFolder
        : Execution.WorkFolder.Make(Path.Combine(WorkFolder, PartitionOf(partition)));

    /// <summary>Keeps the files that the plugins of the step have left; those of a partition under its name.</summary>
    public async Task<IReadOnlyList<Artifact>> KeepArtifactsAsync(IArtifacts artifacts)
    {
        List<Artifact> kept = [.. await new ArtifactFolder(WorkFolder).KeepAsync(Request.RunId, Request.Step.Id, "", artifacts, Stop.AtOnce)];
        for (var partition = 1; Path.Combine(WorkFolder, PartitionOf(partition)) is var folder && Directory.Exists(folder); partition++)
            kept.AddRange(await new ArtifactFolder(folder).KeepAsync(Request.RunId, Request.Step.Id, $"{PartitionOf(partition)}/", artifacts, Stop.AtOnce));
        return kept;
    }

    private static string PartitionOf(int number) => $"partition-{number}";

    /// <summary>Hides the secrets of the step.</summary>
    public SecretMask Mask => _secrets.Mask;

    /// <summary>The log of one plugin of the step.</summary>
    public PluginLog Log(string plugin) => new(Request.Step.Id, plugin, Mask, _writer, Observer, _time);

    /// <summary>A plugin of the step, to be started with its secrets.</summary>
    /// <param name="use">The plugin.</param>
    /// <param name="arguments">Added to its command; never a secret.</param>
    /// <param name="files">Files that only it can read.</param>
    public PluginStart Start(PluginUse use, IReadOnlyList<string> arguments, params IReadOnlyList<PluginFile> files) =>
        new(Request, use, arguments, [.. files, .. _secrets.FilesOf(use)], WorkFolder);

    /// <inheritdoc cref="StepSecrets.Find"/>
    public string SecretOf(string name) => _secrets.Find(name);

    /// <inheritdoc cref="StepSecrets.Complete(PluginUse)"/>
    public JsonElement SettingsOf(PluginUse use) => _secrets.Complete(use);

    /// <inheritdoc cref="StepSecrets.Complete(BuiltInStep)"/>
    public JsonElement SettingsOf(BuiltInStep step) => _secrets.Complete(step);

    /// <summary>A plugin's settings, in a file that only it can read.</summary>
    public PluginFile ConfigFile(PluginUse use) => PluginFile.Json(PluginFile.Config, SettingsOf(use), "--config");

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        using var folder = _workFolder;
        try
        {
            await folder.RemoveAsync();
        }
        catch (IOException e)
        {
            Observer.Warning($"the work folder {WorkFolder} could not be removed: {e.Message}");
        }
    }
}
