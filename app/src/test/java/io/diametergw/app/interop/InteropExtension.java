package io.diametergw.app.interop;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives each test of {@link Interop} its {@link InteropSite} and ends it, whatever happened. */
final class InteropExtension implements ParameterResolver, AfterTestExecutionCallback {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(InteropExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == InteropSite.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var interop =
        AnnotationSupport.findAnnotation(context.getElement(), Interop.class).orElseThrow();
    return context
        .getStore(STORE)
        .computeIfAbsent(
            InteropSite.class,
            _ -> new InteropSite(interop, context.getRequiredTestMethod().getName()),
            InteropSite.class);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    var site = context.getStore(STORE).remove(InteropSite.class, InteropSite.class);
    if (site != null) {
      site.end(context.getExecutionException().orElse(null));
    }
  }
}
