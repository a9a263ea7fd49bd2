using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>
/// Only the settings of a plugin, or of a step inside the runtime, may refer to secrets and to what earlier steps leave. Everywhere else a secret would be shown with its value and the other not be known yet, or, as in
/// variables and maps, where nothing is resolved, a reference be taken as it stands: neither is what its author meant.
/// </summary>
internal static class LatePlaces
{
    /// <summary>Looks at all texts of a pipeline file but its description and the settings of its plugins; there only at the names of members.</summary>
    public static void Check(PipelineFile file, References references)
    {
        var settings = file.Uses.Select(use => use.Settings).Concat(file.Steps.Select(step => step.SubPipeline?.Vars ?? step.BuiltIn?.Settings)).OfType<YamlMap>().ToHashSet<YamlValue>(ReferenceEqualityComparer.Instance);
        foreach (var entry in file.Root.Entries.Where(entry => entry.Key != "description")) Look(entry.Value, isSetting: false);

        void Look(YamlValue value, bool isSetting)
        {
            isSetting |= settings.Contains(value);
            switch (value)
            {
                case YamlScalar scalar when !isSetting:
                    references.RefuseLate(scalar.Text, scalar.At);
                    break;
                case YamlList list:
                    foreach (var item in list.Items) Look(item, isSetting);
                    break;
                case YamlMap map:
                    foreach (var entry in map.Entries)
                    {
                        references.RefuseLate(entry.Key, entry.KeyAt);
                        Look(entry.Value, isSetting);
                    }

                    break;
            }
        }
    }
}
