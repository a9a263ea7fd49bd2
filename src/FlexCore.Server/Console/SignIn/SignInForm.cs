namespace FlexCore.Server.Console.SignIn;

/// <summary>The page where people sign in.</summary>
/// <param name="To">Where they go then.</param>
/// <param name="Refused">Why they were refused; null the first time.</param>
/// <param name="Provider">Where the identity provider is whose users can sign in too; null for none.</param>
public sealed record SignInForm(string To, string? Refused, string? Provider);
