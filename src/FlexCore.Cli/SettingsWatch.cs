using System.Security.Cryptography;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Cli;

/// <summary>
/// Has a node go on with new settings when their file changes. It is looked at, not watched: however it is replaced, by an editor or by an orchestrator that swaps links, that is noticed.
/// </summary>
/// <param name="project">Whose settings.</param>
/// <param name="session">Goes on with them.</param>
/// <param name="written">What was written when the node started.</param>
/// <param name="say">Told what holds from now on, and what only from the next start on.</param>
/// <param name="warn">Told what is wrong.</param>
internal sealed class SettingsWatch(ProjectLocation project, Session session, IReadOnlyList<Setting> written, Action<string> say, Action<string> warn)
{
    private IReadOnlyList<Setting> _written = written;

    /// <summary>Works until it is cancelled.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(FileChanges.Interval, TimeProvider.System);
        var changes = new FileChanges(Look(project.SettingsFile));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (changes.AreToBeTaken(Look(project.SettingsFile))) Reload();
            }
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    private void Reload()
    {
        try
        {
            var (settings, written) = project.ReadWritten();
            var changed = EffectiveSetting.FindChanged(PublishedSchemas.ReadSettings(), _written, written);
            session.Change(settings);
            _written = written;
            Tell(changed.Where(setting => setting.IsReloaded), "holds from now on");
            Tell(changed.Where(setting => !setting.IsReloaded), "holds when the node is started again");
        }
        catch (FlexCoreException e)
        {
            warn($"{project.SettingsFile} is not taken over, and what held goes on: {string.Join("; ", e.Errors.Select(error => error.ToString()))}");
        }
    }

    private void Tell(IEnumerable<SettingDescription> settings, string what)
    {
        var keys = string.Join(", ", settings.Select(setting => setting.Key));
        if (keys.Length > 0) say($"{project.SettingsFile}: what is new in {keys} {what}");
    }

    // A file that cannot be read just now, and one that is not there, look alike: both say nothing.
    private static byte[]? Look(string file)
    {
        try
        {
            return File.Exists(file) ? SHA256.HashData(File.ReadAllBytes(file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
