namespace FlexCore.Domain.Pipelines;

/// <summary>A text in a plugin's settings that is complete only when its step starts: with secrets in it, or with what earlier steps have left.</summary>
/// <param name="Path">Where it is: names of members and, in lists, positions counted from 0.</param>
/// <param name="Parts">What it is made of, in order. It is never read as text again, so nothing in a part can be taken for a reference.</param>
public sealed record LateText(IReadOnlyList<string> Path, IReadOnlyList<LatePart> Parts)
{
    /// <summary>The secrets that it needs.</summary>
    public IEnumerable<string> Secrets => Parts.Where(part => part.Kind == LatePartKind.Secret).Select(part => part.Text);

    /// <summary>What it stands for, if it is nothing but something that an earlier step has left: that keeps its type.</summary>
    public string? StepValueAlone => Parts is [{ Kind: LatePartKind.StepValue } only] ? only.Text : null;

    /// <summary>The whole text.</summary>
    /// <param name="valueOf">The value of a part that is not text.</param>
    public string Complete(Func<LatePart, string> valueOf) => string.Concat(Parts.Select(part => part.Kind == LatePartKind.Text ? part.Text : valueOf(part)));
}

/// <summary>A piece of a text.</summary>
/// <param name="Text">The piece itself, or what stands here: the name of a secret, or which value of a step, such as <c>load.output.rows</c>.</param>
/// <param name="Kind">Which of these.</param>
public sealed record LatePart(string Text, LatePartKind Kind)
{
    /// <summary>As it would be written.</summary>
    public override string ToString() => Kind switch
    {
        LatePartKind.Secret => $"${{secret.{Text}}}",
        LatePartKind.StepValue => $"${{steps.{Text}}}",
        _ => Text,
    };
}

/// <summary>What a <see cref="LatePart"/> is.</summary>
public enum LatePartKind
{
    /// <summary>Text as it stands.</summary>
    Text,

    /// <summary>A secret.</summary>
    Secret,

    /// <summary>What an earlier step has left.</summary>
    StepValue,
}
