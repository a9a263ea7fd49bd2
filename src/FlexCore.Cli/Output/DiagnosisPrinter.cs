using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;

namespace FlexCore.Cli.Output;

/// <summary>What <c>flexcore doctor</c> has found, in words.</summary>
internal static class DiagnosisPrinter
{
    private static readonly string Sandbox = Isolation.NameOf(IsolationLevel.Sandbox);

    public static void Print(MachineDiagnosis found)
    {
        var used = found.Levels.FirstOrDefault(level => level.Level == found.Isolation);
        Console.Out.WriteLine($"isolation: {used?.Level ?? "not available"}{(used is not null && used.Level != Sandbox ? " (degraded)" : "")}; limits: {found.Limits}; coordination: {found.Coordination}");
        Console.Out.WriteLine($"levels: {string.Join(", ", found.Levels.Select(level => $"{level.Level} {(level.Works ? "works" : "does not work")}{(level.Accepted ? "" : " (not accepted)")}"))}");
        foreach (var check in found.Checks)
        {
            var mark = check.Ok ? "ok     " : check.Required ? "MISSING" : "absent ";
            Console.Out.WriteLine($"  {mark} {check.Name}: {check.Detail}");
            if (check.Remedy is not null) Console.Out.WriteLine($"          → {check.Remedy.ReplaceLineEndings("\n            ")}");
        }

        Console.Out.WriteLine();
        TextTable.Print(["SETTING", "VALUE", "FROM"], found.Settings.Select(setting => (IReadOnlyList<string>)[setting.Key, Printable.Escape(setting.Value ?? "-"), FromWhere(setting)]));
    }

    private static string FromWhere(DiagnosedSetting setting) =>
        setting.Source is null ? "" : setting.Overridden.Count == 0 ? setting.Source : $"{setting.Source}, over {string.Join(", ", setting.Overridden)}";
}
