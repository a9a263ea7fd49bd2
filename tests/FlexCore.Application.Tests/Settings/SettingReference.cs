using System.Text;
using FlexCore.Application.Settings;

namespace FlexCore.Application.Tests.Settings;

/// <summary>The reference page of settings.</summary>
internal static class SettingReference
{
    public static string Render(SettingCatalog catalog)
    {
        var page = new StringBuilder(
            """
            # flexcore.yaml

            Made from the [schema](flexcore.schema.json), which is for [editors](../guides/pipelines.md#in-an-editor) too; a test keeps the two equal.

            The settings of a project lie in `flexcore.yaml` in its root, which may be missing or empty; `flexcore serve --config FILE` names another one. Each has a variable of the environment too:
            `store.kind` is `FLEXCORE__STORE__KIND`. An [environment](../guides/environments.md) in the file wins over what stands outside of it there, a variable over both, and an option of the command line over all.
            All settings are checked before anything starts, and everything that is wrong is said at once. `flexcore doctor` shows which hold, and where each was set.

            What is *reloaded* can change while nodes run: a few seconds after the file has changed they go on with it, for what begins from then on. They say so; and of what is not reloaded, that it holds when the
            node is started again. A file with a mistake changes nothing, and they say that.

            Only in the environment, for they are keys: `FLEXCORE__STORE__MASTER_KEY` and `FLEXCORE__STORE__CHECKPOINTS__KEY`. Settings of one environment stand below `environments.NAME`.

            """);
        foreach (var section in catalog.Sections)
        {
            var guides = section.Settings.Select(setting => setting.Guide).OfType<string>().Distinct(StringComparer.Ordinal).Select(guide => $"[{NameOf(guide)}]({AddressOf(guide)})").ToList();
            page.Append($"\n## {section.Name}\n\n");
            List<string> about = [.. section.Settings is [{ } only] && only.Key == section.Name ? [] : new[] { section.Meaning }, .. guides.Count > 0 ? new[] { $"See {string.Join(", ", guides)}." } : []];
            page.Append($"{string.Join(" ", about)}\n\n");
            page.Append("| Setting | Value | Where nothing is set | Reloaded | Meaning |\n| --- | --- | --- | --- | --- |\n");
            foreach (var setting in section.Settings)
            {
                var name = setting.ShortKey is { } shorter ? $"`{setting.Key}`, or `{shorter}`" : $"`{setting.Key}`";
                page.Append($"| {name} | {setting.Type} | {setting.Usual ?? setting.UsualMeans ?? "–"} | {(setting.IsReloaded ? "yes" : "no")} | {setting.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            }
        }

        return page.ToString();
    }

    private static string NameOf(string guide) => Path.GetFileNameWithoutExtension(guide.Split('#')[0]).Replace('-', ' ');

    private static string AddressOf(string guide) => guide.StartsWith("../", StringComparison.Ordinal) ? guide : $"../guides/{guide}";
}
