using System.Text;
using System.Text.Json;
using FlexCore.Sandbox.Bubblewrap;
using FlexCore.Sandbox.Cgroups;
using FlexCore.Sandbox.Limits;
using FlexCore.Sandbox.Pipes;
using FlexCore.Sandbox.Seccomp;
using FlexCore.Sandbox.Spawning;

namespace FlexCore.Sandbox.Supervision;

/// <summary>
/// Starts programs at the levels that need no namespaces, each under a small supervisor of its own: <c>supervisor.py</c> confines it, adopts what it leaves behind,
/// reports as bubblewrap does, and takes its place for the rest of this project.
/// </summary>
internal sealed class SupervisedPrograms(string runtimeDirectory, TimeProvider timeProvider)
{
    private const int InstructionsDescriptor = BubblewrapArguments.ArgumentsDescriptor;
    private const int ProgramDescriptor = BubblewrapArguments.StatusDescriptor + 1;

    private static readonly byte[] Supervisor = ReadSupervisor();

    private readonly PrivateFolders _folders = new(runtimeDirectory);

    /// <summary>Null when there is none.</summary>
    public string? PythonPath { get; } = Programs.Find("/usr/bin/python3");

    public SandboxPlace Reserve(SandboxLevel level) => _folders.Reserve(level);

    public Task RemoveAbandonedAsync() => _folders.RemoveAbandonedAsync();

    /// <summary>Starts a program.</summary>
    /// <param name="spec">The program; its place tells the level.</param>
    /// <param name="held">Whether it waits to be released.</param>
    /// <param name="cgroups">Null when limits are kept by rlimits and watching.</param>
    /// <param name="limitedCommand">Its command, with what sets its rlimits before it.</param>
    public async Task<SandboxProcess> StartAsync(SandboxSpec spec, HeldSpec? held, CgroupTree? cgroups, Func<SandboxResources, IReadOnlyList<string>> limitedCommand)
    {
        Check(spec);
        var rules = spec.Place.Level == SandboxLevel.Process ? LandlockRules.For(spec) : null;
        var resources = new SandboxResources
        {
            Limits = cgroups?.CreateGroup(spec.Limits, wrappers: 0) ?? (IResourceLimits)new WatchedLimits(spec.Limits, hasUserNamespace: false),
            PrivateFolder = spec.Place.Folder,
        };
        try
        {
            _folders.Make(spec.Place, spec.Files);
            return await SpawnAsync(spec, held, resources, Describe(spec, rules, resources.Limits.MemberFiles, limitedCommand(resources))).ConfigureAwait(false);
        }
        catch
        {
            await resources.ReleaseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Check(SandboxSpec spec)
    {
        if (spec.Mounts.FirstOrDefault(mount => mount.SandboxPath != mount.HostPath) is { } moved)
            throw new SandboxMountException($"'{moved.HostPath}' cannot be seen as '{moved.SandboxPath}' without a mount namespace");
        if (spec.Files.FirstOrDefault(file => !file.Path.StartsWith($"{spec.Place.RunFolder}/", StringComparison.Ordinal) || !SandboxPaths.IsNormalized(file.Path)) is { } file)
            throw new ArgumentException($"A private file lies below {spec.Place.RunFolder}, not at '{file.Path}'.", nameof(spec));

        // Landlock knows ports, and no hosts.
        if (spec is { Network.Count: > 0, Place.Level: SandboxLevel.Process })
            throw new SandboxNetworkException("A program at level process can be given no network.", "Allow what level sandbox needs, as `doctor` says.");
    }

    private async Task<SandboxProcess> SpawnAsync(SandboxSpec spec, HeldSpec? held, SandboxResources resources, ReadOnlyMemory<byte> instructions)
    {
        var pipes = new SandboxPipes();
        try
        {
            int pid;
            using (pipes.ChildEnds)
            using (var program = MemoryFile.Create("flexcore-supervisor", Supervisor))
            using (var sealedInstructions = MemoryFile.Create("flexcore-instructions", instructions.Span))
            {
                InheritedDescriptor[] descriptors = [.. pipes.ChildEnds.Descriptors, new(sealedInstructions, InstructionsDescriptor), new(program, ProgramDescriptor)];
                pid = await Spawner.StartAsync([PythonPath!, "-I", "-S", $"/proc/self/fd/{ProgramDescriptor}"], descriptors).ConfigureAwait(false);
            }

            return new SandboxProcess(spec, held, new ChildProcess(pid), pipes, resources, timeProvider);
        }
        catch
        {
            pipes.Dispose();
            throw;
        }
    }

    private static ReadOnlyMemory<byte> Describe(SandboxSpec spec, IReadOnlyList<LandlockRule>? rules, IReadOnlyList<string> memberFiles, IReadOnlyList<string> command)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            WriteList(json, "command", command);
            WriteList(json, "memberFiles", memberFiles);
            json.WriteString("folder", spec.WorkingDirectory);
            json.WriteStartObject("environment");
            foreach (var (name, value) in SandboxEnvironment.For(spec)) json.WriteString(name, value);
            json.WriteEndObject();
            if (rules is null)
            {
                json.WriteNull("rules");
                json.WriteNull("filter");
            }
            else
            {
                json.WriteStartArray("rules");
                foreach (var rule in rules)
                {
                    json.WriteStartArray();
                    json.WriteStringValue(rule.Path);
                    json.WriteNumberValue(rule.Rights);
                    json.WriteBooleanValue(rule.MayBeLink);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
                json.WriteBase64String("filter", SeccompFilter.BuildBytes(SeccompArchitectures.Current!.Value, SandboxLevel.Process));
            }

            json.WriteEndObject();
        }

        return text.ToArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> items)
    {
        json.WriteStartArray(name);
        foreach (var item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }

    private static byte[] ReadSupervisor()
    {
        using var stream = typeof(SupervisedPrograms).Assembly.GetManifestResourceStream("supervisor.py")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd());
    }
}
