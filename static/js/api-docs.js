"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.schema, domNode: place, deepLinking: true, validatorUrl: null, persistAuthorization: false,
    presets: [window.SwaggerUIBundle.presets.apis], layout: "BaseLayout",
  });
});
