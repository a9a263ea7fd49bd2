namespace FlexCore.Domain.Secrets;

/// <summary>A text in a plugin's settings that is complete only with secrets in it.</summary>
/// <param name="Path">Where it is: names of members and, in lists, positions counted from 0.</param>
/// <param name="Parts">What it is made of, in order. It is never read as text again, so nothing in a part can be taken for a reference.</param>
public sealed record SecretText(IReadOnlyList<string> Path, IReadOnlyList<SecretTextPart> Parts)
{
    /// <summary>The secrets that it needs.</summary>
    public IEnumerable<string> Names => Parts.Where(part => part.IsSecret).Select(part => part.Text);

    /// <summary>The whole text.</summary>
    /// <param name="valueOf">The value of a secret.</param>
    public string Complete(Func<string, string> valueOf) => string.Concat(Parts.Select(part => part.IsSecret ? valueOf(part.Text) : part.Text));
}

/// <summary>A piece of a text.</summary>
/// <param name="Text">The piece itself, or the name of the secret that stands here.</param>
/// <param name="IsSecret">Which of the two.</param>
public sealed record SecretTextPart(string Text, bool IsSecret)
{
    /// <summary>As it would be written: <c>${secret.NAME}</c> for a secret.</summary>
    public override string ToString() => IsSecret ? $"${{secret.{Text}}}" : Text;
}
