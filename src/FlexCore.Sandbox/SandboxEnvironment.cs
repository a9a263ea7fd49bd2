using FlexCore.Sandbox.Bubblewrap;

namespace FlexCore.Sandbox;

/// <summary>The variables of a program. Nothing of the runtime's own environment is among them.</summary>
internal static class SandboxEnvironment
{
    public static IReadOnlyDictionary<string, string> For(SandboxSpec spec)
    {
        var variables = new Dictionary<string, string>(RuntimeHints.For(spec.Limits), StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/bin:/bin",
            ["HOME"] = spec.Place.Home,
            ["TMPDIR"] = spec.Place.Temp,
            ["LANG"] = "C.UTF-8",
        };
        foreach (var (name, value) in spec.Environment)
        {
            variables[name] = value;
        }

        return variables;
    }
}
