using System.Text.Json.Nodes;
using FlexCore.Abuse.Probes;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Machine;

/// <summary>What a probe finds on the host: a folder that it was granted, its work folder with something hidden in it, and what it was not granted.</summary>
internal sealed class Playground : IAsyncDisposable
{
    private readonly string _closed = Directory.CreateTempSubdirectory("flexcore-abuse-").FullName;

    public Playground()
    {
        FillGranted(Directory.CreateDirectory(Granted).FullName);
        Directory.CreateDirectory(Hidden);
        File.WriteAllText(Path.Combine(Hidden, "secret"), "hidden");
    }

    /// <summary>Read-only for the plugin: its own code is there.</summary>
    public string Granted => Path.Combine(_closed, "granted");

    /// <summary>Where the plugin may write.</summary>
    public string Work => Path.Combine(_closed, "work");

    /// <summary>In the work folder, and yet not for the plugin.</summary>
    public string Hidden => Path.Combine(Work, "hidden");

    /// <summary>Open to everybody on the host, and in no mount of the plugin.</summary>
    public string Outside { get; } = Plugin.NewRuntimeDirectory();

    /// <summary>Puts the probes there, a program for them to run, and one that is root's by its setuid bit.</summary>
    public static void FillGranted(string folder)
    {
        var probes = Directory.CreateDirectory(Path.Combine(folder, "probes")).FullName;
        foreach (var file in Directory.EnumerateFiles(Probe.Folder, "*.py")) File.Copy(file, Path.Combine(probes, Path.GetFileName(file)));
        File.Copy("/bin/sleep", Path.Combine(folder, "program"));
        var setuid = Path.Combine(folder, "setuid-id");
        File.Copy("/usr/bin/id", setuid);
        File.SetUnixFileMode(setuid, File.GetUnixFileMode(setuid) | UnixFileMode.SetUser);
    }

    /// <summary>What probes are told: where they may be, and what to attack.</summary>
    public string Describe(JsonObject target)
    {
        var all = target.DeepClone().AsObject();
        (all["granted"], all["work"], all["hidden"]) = (Granted, Work, Hidden);
        return all.ToJsonString();
    }

    public async ValueTask DisposeAsync()
    {
        await UntrustedFiles.RemoveFolderAsync(_closed);
        await UntrustedFiles.RemoveFolderAsync(Outside);
    }
}
