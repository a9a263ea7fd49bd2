using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>
/// A pipeline that was sent here. In a project whoever writes the file owns the machine; who sends one need not: what reaches into the machine (grants, plugins of any folder, variables of the server's
/// process) is for administrators, unless it is on record already.
/// </summary>
internal static class SentDefinition
{
    private const int LongestName = 255;
    private const string Variable = "${env.";

    // Connections have references to secrets in them.
    private static readonly string[] ToSecrets = ["${secret.", "${connection."];

    /// <summary>Why a file cannot be called so; null when it can.</summary>
    public static Error? RefuseName(string name) =>
        name.Length is > 0 and <= LongestName && name.Split('/').All(IsPlain) && Path.GetExtension(name) is ".yaml" or ".yml"
            ? null
            : new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(name)}' cannot be the name of a pipeline file that is sent", SpecificRemedy: "Name it as it lies in the project, such as pipelines/orders.yaml.");

    /// <summary>Why a caller may not put it on record.</summary>
    /// <param name="sent">The pipeline.</param>
    /// <param name="known">What is on record of it; null for nothing.</param>
    /// <param name="caller">Who has sent it.</param>
    public static IEnumerable<Error> Refuse(PipelineDefinition sent, PipelineVersion? known, Caller caller)
    {
        if (caller.Role.Allows(Permission.Administer)) yield break;
        if (Grants(sent.Document) is { } grants && grants != Grants(known?.Definition)) yield return Denied("`grants`", "An administrator grants a registered plugin with `flexcore plugin grant`, or applies the pipeline.");
        var (texts, old) = (Texts(sent.Document), known is null ? [] : Texts(known.Definition));
        if (texts.Any(text => text is { Name: "plugin" } && !Names.IsValid(text.Value) && !old.Contains(text))) yield return Denied("a plugin of a folder", "Name a plugin that is registered (`flexcore plugin add`).");
        if (texts.Any(text => text.Value.Contains(Variable, StringComparison.Ordinal) && !old.Contains(text))) yield return Denied($"`{Variable}…}}`", "Use `vars` or a secret, or have an administrator apply the pipeline.");

        Error Denied(string what, string remedy) => new(ErrorCodes.AccessDenied, $"pipeline {sent.Name}: {what} that is new is for administrators where a pipeline is sent, and {caller.Name} is none", SpecificRemedy: remedy);
    }

    /// <summary>Why a caller may not have what is sent for a single run refer to what it refers to; null when they may. A token that is for some pipelines opens no secrets beyond theirs.</summary>
    public static Error? RefuseReferences(JsonElement sent, Caller caller)
    {
        var texts = Texts(sent);
        if (!caller.Role.Allows(Permission.Administer) && texts.Any(text => RefersTo(text.Value, Variable))) return Denied($"`{Variable}…}}`", $"is for administrators, and {caller.Name} is none");
        if (caller.Scope is not null && Array.Find(ToSecrets, source => texts.Any(text => RefersTo(text.Value, source))) is { } found) return Denied($"`{found}…}}`", $"is not for a token that is for some pipelines only, as that of {caller.Name}");
        return null;

        // `$${` is a literal `${`.
        static bool RefersTo(string text, string source) => text.Replace("$${", "", StringComparison.Ordinal).Contains(source, StringComparison.Ordinal);

        Error Denied(string what, string why) => new(ErrorCodes.AccessDenied, $"{what} in what is sent {why}", SpecificRemedy: "Write the value itself, or have an administrator make a pipeline of it.");
    }

    private static bool IsPlain(string part) => part.Length > 0 && part[0] != '.' && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ' ');

    private static string? Grants(JsonElement? definition) =>
        definition is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("grants", out var grants) ? grants.GetRawText() : null;

    /// <summary>All texts, and what they are called.</summary>
    private static HashSet<(string? Name, string Value)> Texts(JsonElement root)
    {
        var texts = new HashSet<(string?, string)>();
        Add(null, root);
        return texts;

        void Add(string? name, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.String) texts.Add((name, value.GetString()!));
            else if (value.ValueKind == JsonValueKind.Array) foreach (var item in value.EnumerateArray()) Add(name, item);
            else if (value.ValueKind == JsonValueKind.Object) foreach (var member in value.EnumerateObject()) Add(member.Name, member.Value);
        }
    }
}
